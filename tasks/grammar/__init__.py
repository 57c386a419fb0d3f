"""The grammar of pages, as languages word it: ages, dates, datelines, headings, items; and the door for plain text."""
