"""Settings of the documentation build."""

import re

from spikelet import __version__

project = "spikelet"
author = "the spikelet authors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3

autodoc_typehints = "description"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Source"]

html_theme = "furo"
html_title = f"spikelet {release}"


_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_MATH = re.compile(r"\$([^$]+)\$")


def _to_rest(app, what, name, obj, options, lines):
    """Docstrings are written for people: `code` and $mathematics$ become what Sphinx reads."""
    text = _CODE.sub(r"``\1``", "\n".join(lines))
    text = _MATH.sub(lambda match: f":math:`{' '.join(match.group(1).split())}`", text)
    lines[:] = text.split("\n")


def setup(app):
    # Before napoleon, which turns the sections into fields.
    app.connect("autodoc-process-docstring", _to_rest, priority=400)
