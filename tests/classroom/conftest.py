from tests.store.conftest import outage, url

__all__ = ["outage", "url"]
