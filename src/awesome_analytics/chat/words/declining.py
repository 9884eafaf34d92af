"""What is no question about the shop's figures: SQL, orders to change things, and small talk."""

import re
from collections.abc import Sequence
from functools import cache

from awesome_analytics.chat.words.lexicon import Lexicon, grammar
from awesome_analytics.chat.words.reading import Help, Reading, Refuse, Talk, Why
from awesome_analytics.chat.words.spans import Span
from awesome_analytics.chat.words.tokens import normal, tokenise

_SQL = re.compile(
    r"\bselect\b.{0,200}\b(from|\*|version|sleep|current_user|user\s*\()|\bunion\b\s+(all\s+)?select\b"
    r"|\b(drop|truncate|alter|create)\s+(table|database|schema|view|index|user|role|column)\b"
    r"|\bdelete\s+from\b|\binsert\s+into\b|\bupdate\s+\w+\s+set\b|\bgrant\s+\w+.*\bto\b|\bexec(ute)?\s*\("
    r"|;\s*(drop|delete|insert|update|select|alter|create|truncate|grant)\b|\bpg_(sleep|shadow|catalog|read)\w*"
    r"|\binformation_schema\b|\bxp_cmdshell\b|\bload_file\b|\binto\s+(out|dump)file\b"
    r"|'\s*or\s+'?\w+'?\s*=\s*'?\w+|\bor\s+1\s*=\s*1\b|--\s*$|/\*|\*/|\bwhere\s+1\s*=\s*1\b|<script|\$\{|\{\{"
    r"|\b(show|list|describe)\s+(me\s+)?(all\s+)?(the\s+)?(tables|databases|schemas|schema|columns)\b"
    r"|\b(fact_sales|fact_return|dim_\w+|tbl_\w+|order_product|etl_log|agg_\w+|etl_watermark)\b"
    r"|\b(run|execute)\s+(this\s+|the\s+following\s+|some\s+|a\s+|my\s+)?(sql|query|statement|command|code)\b",
    re.IGNORECASE | re.DOTALL,
)
_TAMPERING = re.compile(
    r"\b(ignore|disregard|forget|override|bypass|skip)\b.{0,40}\b(instruction|instructions|rules?|prompts?|"
    r"guard\w*|restrictions?|previous|above|limits?|safety|training|polic\w+)\b"
    r"|\b(system|hidden|initial|your)\s+prompt\b|\bjailbreak\b|\bdeveloper mode\b|\bdo anything now\b"
    r"|\bpretend\s+(to be|you|that)\b|\bact as\b|\byou are now\b|\bnew instructions?\b|\broleplay\b"
    r"|\b(admin|root|superuser|administrator)\s+(access|rights|mode|user|privileges)\b"
    r"|\bprint your\b|\breveal\b"
    r"|\bas an admin\b|\brm\s+-rf\b|\bshutdown\b|\bos\.system\b|\b__import__\b|\bignore all\b",
    re.IGNORECASE | re.DOTALL,
)
_SCOPE = "I can answer on sales, profit, orders, customers, products and returns."
_THINGS = (
    r"(orders?|ord|customers?|products?|prices?|tables?|records?|rows?|data|databases?|returns?|items?|lines?|"
    r"segments?|categor\w+|users?|accounts?|entries|entry|history|everything|stock|region|discounts?|"
    r"quantit\w+|status|warehouse|books?|shipments?|invoices?|names?|employee)"
)
_WRITING = re.compile(
    rf"^\W*(please\s+|pls\s+|can you\s+|could you\s+|would you\s+|i want to\s+|i would like to\s+|"
    rf"i'd like to\s+|"
    rf"i need to\s+|let's\s+|help me\s+(to\s+)?|now\s+|go ahead and\s+|kindly\s+|just\s+|"
    rf"we need to\s+|you should\s+)*"
    rf"((delete|erase|wipe|purge|destroy|truncate|insert|update|modify|edit|cancel|overwrite|rename|correct|"
    rf"refund|approve|reject|reset|restore|merge|move|undo|archive|amend|adjust|backup|import|export|upload|"
    rf"register|enter|book)\b.{{0,60}}\b{_THINGS}\b"
    rf"|(change|set|raise|lower|reduce|increase|decrease|mark|fix|switch|alter)\b(?!\s+(in|of|from|over|between)\b).{{0,50}}\b{_THINGS}\b.{{0,40}}\b(to|by|as|for)\b"
    rf"|(set|mark)\b.{{0,40}}\bas\b|(cut|slash|double|halve)\b.{{0,30}}\bprices?\b"
    rf"|(remove|drop|clear|kill|empty)\b\s+(all\s+|every\s+|the\s+|that\s+|this\s+|our\s+|these\s+|my\s+)*"
    rf"(orders?|customers?|products?|tables?|records?|rows?|data|databases?|returns?|history|everything|ord-\w+)\b"
    rf"|(add|create|place|make|record|enter|put in)\s+(a|an|the|this|one|another|some|new)\s+(new\s+)?"
    rf"(orders?|customers?|products?|returns?|users?|entr\w+|sale|lines?|account|purchase)\b(?!\s+(by|per|count|column))"
    rf"|(give|offer|grant|send|ship|email|mail|call|notify|order|buy|pay|charge|bill|phone|text|contact)\s+"
    rf"(?!(?:me|us|back|with|by)\b)(\w+\s+){{0,3}}(discount|refund|an? |the |to |all |every |him|her|them|"
    rf"more|customers?|\d))",
    re.IGNORECASE | re.DOTALL,
)
_SMALL = frozenset({"stop", "why", "who", "how", "what", "which", "be", "prep", "and", "with", "rel", "all"})


def by_text(question: str) -> Refuse | None:
    """A refusal for typed SQL, for tampering and for orders to change something; None for a question."""
    if _TAMPERING.search(question):
        return Refuse(
            reason="I keep to questions about this shop's sales, returns and customers. Nothing was run.",
            kind=Why.INJECTION,
        )
    if _SQL.search(question):
        return Refuse(
            reason="I don't run typed SQL. Ask in plain words, such as 'sales by region in 2014'.",
            kind=Why.SQL,
        )
    if _WRITING.search(question):
        return Refuse(
            reason="I can only read: nothing was changed. Orders and returns are entered on their own pages.",
            kind=Why.WRITE,
        )
    return None


def small_talk(question: str) -> Help | None:
    """Greetings, thanks and calls for help; None for a question."""
    words = [token.word for token in normal(tokenise(question)) if token.word[:1].isalnum()]
    if not words:
        return Help(kind=Talk.HELP)
    talk = _phrases()
    kinds: list[Talk] = []
    at = 0
    while at < len(words):
        size = next(
            (n for n in range(min(9, len(words) - at), 0, -1) if tuple(words[at : at + n]) in talk), 0
        )
        if not size:
            return None
        kind = talk[tuple(words[at : at + size])]
        if kind is not None:
            kinds.append(kind)
        at += size
    if not kinds:
        return None
    return Help(kind=Talk.HELP if Talk.HELP in kinds else kinds[0])


@cache
def _phrases() -> dict[tuple[str, ...], Talk | None]:
    made: dict[tuple[str, ...], Talk | None] = {(word,): None for word in grammar()["talk"]["soft"]}
    for kind in (Talk.HELP, Talk.THANKS, Talk.GREETING):
        for phrase in grammar()["talk"][kind.value]:
            made[tuple(token.word for token in normal(tokenise(phrase)))] = kind
    return made


def by_subject(spans: Sequence[Span], lexicon: Lexicon) -> Reading | None:
    """A refusal for subjects that the books don't hold; the gravest of those named."""
    named = [span.name for span in spans if span.tag == "subject"]
    for wanted in ("personal", "forecast", "not_in_data", "off_topic", "advice"):
        if wanted in named:
            subject = lexicon.subjects[wanted]
            return Refuse(
                reason=f"{subject.reason} {_SCOPE}",
                kind=subject.why,
            )
    return _of_another_world(spans, lexicon)


def _of_another_world(spans: Sequence[Span], lexicon: Lexicon) -> Refuse | None:
    """Why the sky is blue: a question of which no word but the small ones is the shop's."""
    said = [span for span in spans if span.tag not in _SMALL]
    asks = any(span.tag in ("why", "who", "how") for span in spans)
    if asks and len(said) > 1 and all(span.tag in ("doubt", "unk") for span in said):
        return Refuse(reason=f"{lexicon.subjects['off_topic'].reason} {_SCOPE}", kind=Why.OFF_TOPIC)
    return None
