import requests


def total(counts, price):
    """What so many cost.

    >>> total([1, 2], 5)
    15
    """
    return sum(counts) * price


def ask(site, **options):
    answer = requests.get(f"{site}/price.json", timeout=5, **options)
    answer.raise_for_status()
    return answer.json()["price"]
