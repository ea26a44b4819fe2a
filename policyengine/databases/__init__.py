"""Databases as exports: the queries of a mapping, read in one transaction that cannot write."""

from policyengine.databases.addresses import has_password, is_database, shown
from policyengine.databases.fetching import check_sources, fetched, queries_of

__all__ = ["check_sources", "fetched", "has_password", "is_database", "queries_of", "shown"]
