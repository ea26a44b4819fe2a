"""Case exports read by the database itself: a folder of tables, of any size, a range of cases at
a time. Each text is typed by `records.typing`, once; the database looks up what it means."""
