"""What of language packages comes in."""

from shave.origins.language import selection
from shave.spec import Spec


def test_all_comes_in_but_what_is_excluded_and_not_included() -> None:
    assert selection(Spec())("usr/share/man/x")
    takes = selection(Spec(exclude=("/srv/**/tests/",), include=("**/keep.py",)))
    assert takes("srv/app/x.py")
    assert not takes("srv/app/tests/x.py")
    assert takes("srv/app/tests/keep.py")
