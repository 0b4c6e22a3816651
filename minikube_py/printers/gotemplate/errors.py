"""What goes wrong with a template, in text/template's words."""


class TemplateError(ValueError):
    """The template can't be read, or fails on the data; the message names template, line and place."""


class CallError(ValueError):
    """A function refuses its arguments."""
