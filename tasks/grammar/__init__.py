"""The grammar of news blocks: ages, datelines, headings and items in text lines; and the door for plain text.

What differs between languages is data: ``languages/*.toml``, read by ``profiles``. Knows neither HTML nor a clock: when
the page was captured is an argument. A new wording is a line of TOML.
"""
