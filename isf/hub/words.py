"""How the parts of a person's affairs stand, in one line each."""

from dataclasses import dataclass
from typing import Any

from isf.notices.rules import Way
from isf.rules import last_day
from marketplace.kernel.clock import london_day
from marketplace.kernel.formats import count, full_date, money, month


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a person's affairs: its name, where it is, how it stands, and a drawing for Easy Read."""

    name: str
    href: str
    state: str
    picture: str


def listed(names: list[str], most: int = 3) -> str:
    """Names as people say them: the first few, and how many more."""
    shown = names[:most]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {count(more, 'other')}"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


@dataclass(frozen=True, slots=True)
class Standing:
    """A row of the hub's statement, put into words."""

    row: dict[str, Any]

    def lines(self, path: str) -> list[Line]:
        """Every part, in the order in which a person's affairs go."""
        told = [
            Line("Needs and outcomes", f"{path}/needs", self._needs(), "star"),
            Line("Budget", f"{path}/budget", self._budget(), "money"),
            Line("Contribution", f"{path}/contribution", self._contribution(), "purse"),
            Line("Plan", f"{path}/plan", self._plan(), "plan"),
            Line("Agreements", f"{path}/agreements", self._agreements(), "sign"),
            Line("Statements", f"{path}/statements", self._statements(), "bill"),
            Line("Messages", f"{path}/messages", Way(self.row["messages_way"] or Way.MAIL).label, "letter"),
            Line("Who may act", f"{path}/authority", self._acting(), "key"),
            Line("Circle", f"{path}/circle", self._circle(), "people"),
            Line("Relatives who sell support", f"{path}/relatives", self._relatives(), "heart"),
            Line(
                "Pauses",
                f"{path}/pauses",
                "Support rests now" if self.row["paused"] else "None now",
                "calendar",
            ),
            Line("Record", f"{path}/record", self._record(), "person"),
        ]
        if self.row["end_kind"]:
            what = "Died" if self.row["end_kind"] == "died" else "Moved away"
            words = f"{what} on {full_date(self.row['end_day'])}"
            told.insert(0, Line("The end of support", f"{path}/end", words, "none"))
        if self.row["urgent_until"]:
            words = f"Until {full_date(last_day(self.row['urgent_until']))}"
            told.insert(0, Line("Urgent support", f"{path}/urgent", words, "warning"))
        return told

    def _needs(self) -> str:
        needs, outcomes = self.row["needs"], self.row["outcomes"]
        if not needs and not outcomes:
            return "Nothing recorded yet"
        return f"{count(needs, 'need')}, {count(outcomes, 'outcome')}"

    def _budget(self) -> str:
        if self.row["budget_pence"] is None:
            return "None yet"
        until = full_date(last_day(self.row["budget_until"]))
        told = f"{money(self.row['budget_pence'])}, {full_date(self.row['budget_from'])} to {until}"
        return f"{told}; somebody disagrees with it" if self.row["disagreements"] else told

    def _contribution(self) -> str:
        if not self.row["assessed"]:
            return "Not assessed yet"
        weekly = self.row["weekly_pence"]
        return "Nothing to pay" if not weekly else f"{money(weekly)} a week"

    def _plan(self) -> str:
        match self.row["plan_state"]:
            case None:
                return "Not begun"
            case "agreed":
                return f"Agreed on {full_date(london_day(self.row['plan_agreed_at']))}"
            case "waiting_for_keys":
                return f"Version {self.row['plan_number']} waits for its keys"
            case _:
                return f"Version {self.row['plan_number']} is being written"

    def _agreements(self) -> str:
        told = [
            words
            for number, words in (
                (self.row["agreements_signed"], f"{self.row['agreements_signed']} signed"),
                (self.row["agreements_offered"], f"{self.row['agreements_offered']} to sign"),
                (self.row["agreements_drafted"], f"{self.row['agreements_drafted']} being written"),
            )
            if number
        ]
        return ", ".join(told) or "None yet"

    def _statements(self) -> str:
        return (
            f"The latest is for {month(self.row['statement_month'])}"
            if self.row["statements"]
            else "None yet"
        )

    def _acting(self) -> str:
        return (
            listed(sorted(name for name in self.row["acting"] or [] if name))
            or "Nobody, apart from the council"
        )

    def _circle(self) -> str:
        circle, carers = self.row["circle"], self.row["carers"]
        if not circle and not carers:
            return "Nobody noted yet"
        told = count(circle, "person", "people")
        return f"{told}, {count(carers, 'carer')}" if carers else told

    def _relatives(self) -> str:
        if not self.row["relatives"]:
            return "None declared"
        told = f"{self.row['relatives']} declared"
        return f"{told}; the direct payment may not pay one of them" if self.row["relatives_wait"] else told

    def _record(self) -> str:
        due = self.row["communication_due"]
        return (
            f"{self.row['reference']}; look at the communication needs again"
            if due
            else self.row["reference"]
        )
