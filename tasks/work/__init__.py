"""The ledger, and what is done with it: enrolment, processing, polling, replay."""
