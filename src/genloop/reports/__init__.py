"""Cards and reports: one judged table shown as a page, in the terminal and as JSON, in English and Chinese."""
