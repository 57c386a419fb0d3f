"""The page ``meeruit web``: what is stored, for people to look at and for programs to read. It only reads.

    address      where it is, and its socket; serve: its server
    app          the application, its routes and what it says of faults
    door         who may come in: methods, hosts, the token, headers of every answer
    reader       a database that can only be read, with bounds on time and threads; memo: what is costly, kept for a while
    queries      what an address may ask for; shapes: what the JSON answers hold
    items, item, days, sources, ledger, now    the views; each gives the same rows as a page and as JSON
    window, positions, strip, stacks           what is drawn: numbers for the SVG of templates/; stats_file: for a file
    axis         ticks of a time axis
    rendering    templates, and how values are shown; feeds: CSV and Atom

Nothing here writes, and nothing is asked of another host: styles and the one script are in static/.
"""
