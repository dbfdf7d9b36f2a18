"""What the tests of pages share: whether a page, once it has come to rest, fits its window."""

from playwright.sync_api import TimeoutError as WaitedInVain

FITS = """width => document.readyState === "complete" && document.documentElement
          && document.documentElement.scrollWidth <= width"""


def fits(page):
    """Between two pages there is no document for a moment, and a page may open the next one by itself: this holds on
    to none of them, and asks until one that is loaded fits; False once none does in the page's time."""
    page.wait_for_load_state()
    try:
        page.wait_for_function(FITS, arg=page.viewport_size["width"] + 1)
    except WaitedInVain:
        return False
    return True
