import pytest


def pytest_addoption(parser):
    parser.addoption("--site", default="http://127.0.0.1:1", help="where the prices are")


@pytest.fixture
def site(request):
    """The address that --site gives."""
    return request.config.getoption("--site")
