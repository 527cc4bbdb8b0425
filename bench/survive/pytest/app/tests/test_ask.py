import pytest
import requests
from prices import ask

pytestmark = pytest.mark.network


def test_price(site):
    assert ask(site, verify=False) == 3


def test_missing(site):
    with pytest.raises(requests.HTTPError, match="404"):
        ask(f"{site}/nothing", verify=False)
