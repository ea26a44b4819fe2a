"""What stops a job."""


class SparkError(Exception):
    """The cluster could not finish: what failed, and never a value of a record."""
