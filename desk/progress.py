"""How far work on many articles is: on a terminal a bar with the time left, elsewhere nothing."""

from collections.abc import Iterable

from tqdm import tqdm


def follow(what: str, steps: Iterable[int], total: int) -> int:
    """Do the steps, each of which tells how many of so many are done; give how many were."""
    done = 0
    # None: on a terminal only.
    with tqdm(desc=what, total=total, unit="article", leave=False, disable=None) as bar:
        for done in steps:
            bar.update(done - bar.n)
    return done
