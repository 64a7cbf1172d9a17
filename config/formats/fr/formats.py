"""« 23 nov. 2026, 08:31 »: months by their French abbreviations, since three letters cannot tell June from July."""

DATE_FORMAT = "j N Y"
DATETIME_FORMAT = "j N Y, H:i"
TIME_FORMAT = "H:i"
YEAR_MONTH_FORMAT = "N Y"
