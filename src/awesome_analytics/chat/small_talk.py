"""What is said where no figures are asked for."""

from awesome_analytics.chat.words import Talk
from awesome_analytics.semantic.model import Catalog


def said(kind: Talk, catalog: Catalog) -> tuple[str, ...]:
    """The sentences of a greeting, of thanks or of help."""
    if kind is Talk.THANKS:
        return ("You're welcome. Ask on whenever you like.",)
    figures = ", ".join(m.label.lower() for m in catalog.shown_metrics[:8])
    splits = ", ".join(d.label.lower() for d in list(catalog.dimensions.values())[:8] if d.is_text)
    examples = [metric.example for metric in catalog.shown_metrics if metric.example][:4]
    opening = "Hello! " if kind is Talk.GREETING else ""
    return (
        f"{opening}I answer questions about this shop's sales, returns and customers, from the warehouse.",
        f"Figures: {figures} and more. By: {splits}, and by day, week, month, quarter or year.",
        "Try: " + "; ".join(f"“{example}”" for example in examples) + ".",
    )
