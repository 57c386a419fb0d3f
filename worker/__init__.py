"""The process: everything that runs, and what it runs with. It imports ``tasks``; ``tasks`` never imports it.

    entry        where the command ``meeruit`` begins, and what Ctrl-C does meanwhile
    cli/         the command ``meeruit``, a module for a group of commands; cli/commands.py lists them all
    app          the Celery application, each setting with its reason; process: what a worker does as it starts
    acknowledging  a message that could not be acknowledged takes no slot
    library      pages into a database, and items out of it, for other code; library_values: what it is given, checked
    tools        what the process lends the work; seating: how many of a worker's processes fetch at once
    schedule     the clock; sources: what is polled (sources.toml); hooks: tells the webhooks that stand there, too
    watching     a worker's parent looks at the sources, so that a process that takes another's place knows them
    waking       waits until there is something to tell
    settings     the environment; connections: addresses of broker and database
    database     engines and migrations (migrations/); read_only: a file that cannot be written
    web/         the page of ``meeruit web``
    net/         the way out: HTTP client, guard against private addresses and who is excepted, pace of each host
    local/       what runs on one machine without a server: embedded broker, supervisor of the parts
    holders      what a process is called, so that others know when it has died
    heartbeat    a sign of life; health: the check that reads it
    checks       whether all is well, part by part; canary: a message through every queue
    log          a line an event; metrics: for Prometheus; serving: ``/health`` and ``/metrics`` over HTTP

A new command is a function in cli/ and a line in cli/commands.py; a new setting a line in settings and in the README.
"""
