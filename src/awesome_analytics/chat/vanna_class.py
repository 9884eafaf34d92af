"""The class over Vanna's base. Importing this takes seconds and needs the extra `ai`: see vanna_sql.py."""

import re
from collections.abc import Sequence
from typing import Any

from vanna.legacy.base import VannaBase  # type: ignore[attr-defined]

from awesome_analytics.chat.sql_examples import Message, SqlExample, Writer, nearest

_FENCED = re.compile(r"```\w*\s*\n(.*?)```", re.DOTALL)
_STATEMENT = re.compile(r"^\s*(?:with|select)\b.*", re.DOTALL | re.IGNORECASE | re.MULTILINE)


class Store(VannaBase):
    """Vanna's verbs of a store, over lists in memory that are filled for one question."""

    def __init__(self) -> None:
        super().__init__({})  # type: ignore[no-untyped-call]
        self._examples: list[SqlExample] = []
        self._ddl: list[str] = []
        self._documentation: list[str] = []

    def log(self, message: str, title: str = "Info") -> None:
        """Nothing: prompts and questions are nobody else's business."""

    def generate_embedding(self, data: str, **_: Any) -> list[float]:  # noqa: ARG002 - Vanna's signature
        """None: examples are found by their words."""
        return []

    def get_similar_question_sql(self, question: str, **_: Any) -> list[dict[str, str]]:
        """The nearest examples, the nearest last."""
        found = nearest(question, self._examples)
        return [{"question": each.question, "sql": each.sql} for each in reversed(found)]

    def get_related_ddl(self, question: str, **_: Any) -> list[str]:  # noqa: ARG002 - Vanna's signature
        """The whole schema, which is small."""
        return list(self._ddl)

    def get_related_documentation(self, question: str, **_: Any) -> list[str]:  # noqa: ARG002 - Vanna's signature
        """All of it."""
        return list(self._documentation)

    def add_question_sql(self, question: str, sql: str, **_: Any) -> str:
        """Remember an example."""
        self._examples.append(SqlExample(question=question, sql=sql))
        return f"{len(self._examples)}-sql"

    def add_ddl(self, ddl: str, **_: Any) -> str:
        """Remember a table."""
        self._ddl.append(ddl)
        return f"{len(self._ddl)}-ddl"

    def add_documentation(self, documentation: str, **_: Any) -> str:
        """Remember a note."""
        self._documentation.append(documentation)
        return f"{len(self._documentation)}-doc"

    def get_training_data(self, **_: Any) -> Any:
        """The examples as Vanna wants them: a data frame."""
        import pandas  # type: ignore[import-untyped]

        return pandas.DataFrame([{"question": each.question, "content": each.sql} for each in self._examples])

    def remove_training_data(self, id: str, **_: Any) -> bool:  # noqa: ARG002 - Vanna's signature
        """Never: the store lives for one question."""
        return False


class Llm(VannaBase):
    """Vanna's verbs of a language model, over a writer of SQL."""

    writer: Writer

    def system_message(self, message: str) -> Message:
        """What the system says."""
        return ("system", message)

    def user_message(self, message: str) -> Message:
        """What the user says."""
        return ("user", message)

    def assistant_message(self, message: str) -> Message:
        """What the model said before."""
        return ("model", message)

    def submit_prompt(self, prompt: Sequence[Message], **_: Any) -> str:
        """The model's answer."""
        return self.writer.write_sql(prompt)

    def extract_sql(self, llm_response: str) -> str:
        """The last fenced block, else from the first line that begins a query; Vanna's own cuts anywhere."""
        fenced = _FENCED.findall(llm_response)
        text = fenced[-1] if fenced else llm_response
        found = _STATEMENT.search(text)
        return (found[0] if found else text).strip()


class V(Store, Llm):
    """Vanna with our store and our model."""

    def __init__(self, writer: Writer, dialect: str) -> None:
        super().__init__()
        self.writer = writer
        self.dialect = dialect
