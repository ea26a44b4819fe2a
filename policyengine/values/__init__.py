"""The values that rules speak of: truth in three values, days and instants, periods, words."""
