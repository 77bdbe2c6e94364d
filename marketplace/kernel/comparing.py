"""A form on something that somebody else may have saved meanwhile: both are shown, and nothing typed is lost."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from marketplace.kernel import formats
from marketplace.kernel.forms import Form
from marketplace.kernel.versions import EditedMeanwhile


def in_words(value: object) -> str:
    """A saved value as a person reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case date():
            return formats.full_date(value)
        case _:
            return str(value)


def compare(
    form: Form,
    refusal: EditedMeanwhile,
    typed: Mapping[str, object],
    labels: Mapping[str, str],
    words: Callable[[str, object], str] = lambda name, value: in_words(value),
) -> list[dict[str, Any]]:
    """What is saved now beside what was typed, where they differ; the form then stands on the newer version.

    `typed` is what was to be written, by column; `labels` are the columns' words, and only those are shown; `words`
    says a column's value as a person reads it.
    """
    form.values["version"] = str(refusal.newer["version"])
    return [
        {"label": label, "now": words(name, refusal.newer[name]), "typed": words(name, typed[name])}
        for name, label in labels.items()
        if refusal.newer[name] != typed[name]
    ]
