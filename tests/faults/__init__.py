"""The chaos suite: faults from outside and from inside, and tables that end as those of a clean run.

The lines of its table are numbered as the catalogue of 34 faults that it works through; each of them is brought about by
some test. Two are smaller than they could be:

* 30, a resolver that lies: both of its answers are refused. That a connection goes to the very address that was judged
  is shown in ``tests/web/test_guard.py``, since no test connects to a public address.
* 32, a burst: 200 pieces and one page of 20,000 items, not 500 workers and a million.

Those with a letter are what an attack on the promises found, beside the catalogue.
"""
