# ruff: noqa: INP001 - Sphinx runs this file; it is not part of a package.
"""Settings of the documentation site. See https://www.sphinx-doc.org/en/master/usage/configuration.html."""

from roundtrip import __version__

project = "Roundtrip"
author = "Roundtrip contributors"
project_copyright = author
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]


myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 4

# A name in single backquotes in a docstring links to the name where the reference has it.
default_role = "py:obj"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
python_display_short_literal_types = True

copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"Roundtrip {release}"
html_static_path = ["static"]
html_css_files = ["roundtrip.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#15803d",
        "color-brand-content": "#15803d",
        "color-brand-visited": "#166534",
    },
    "dark_css_variables": {
        "color-brand-primary": "#4ade80",
        "color-brand-content": "#4ade80",
        "color-brand-visited": "#86efac",
    },
}
