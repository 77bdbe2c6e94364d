"""A support plan in words: for the page and the PDF, and in Easy Read. Pure."""

import re
from typing import Any

from isf.plans.queries import ItemLine, PlanCopy
from isf.plans.rules import Chapter, Frequency, KeyKind, PaidFrom, PlanState
from marketplace.kernel import formats
from marketplace.kernel.routes_of_money import Route

_STANDING = {
    PlanState.DRAFT: "This plan is being written. It is not agreed yet.",
    PlanState.WAITING_FOR_KEYS: "This plan is finished and waits to be agreed.",
    PlanState.AGREED: "This plan is agreed.",
    PlanState.SUPERSEDED: "This plan was agreed. A newer one has taken its place.",
    PlanState.WITHDRAWN: "This plan was given up.",
}
_CHAPTER_PICTURES = {
    Chapter.IMPORTANT_TO_ME: "star",
    Chapter.KEEPS_ME_WELL: "heart",
    Chapter.SUPPORT_I_WANT: "people",
    Chapter.HOW_MONEY_IS_USED: "money",
    Chapter.WHAT_I_PAY: "purse",
}
_MONEY_PICTURES = {Route.ISF: "people", Route.DIRECT_PAYMENT: "bank", Route.COUNCIL_MANAGED: "council"}
_MONEY_WORDS = {
    Route.ISF: "Somebody looks after this money for you.",
    Route.DIRECT_PAYMENT: "You, or somebody for you, gets this money.",
    Route.COUNCIL_MANAGED: "The council looks after this money for you.",
}
_KEY_WORDS = {
    KeyKind.NEEDS: "The plan gives you the support that you need",
    KeyKind.ALLOCATION: "The plan fits the money",
    KeyKind.RISK: "We have thought about what could go wrong",
    KeyKind.SAFE_AND_WELL: "The plan keeps you safe and well",
}


def plan_title(plan: PlanCopy) -> str:
    """`Support plan of Emma Example, version 2`."""
    return f"Support plan of {plan.person_name}, version {plan.number}"


def _period(plan: PlanCopy) -> str:
    return f"{formats.full_date(plan.starts_on)} to {formats.full_date(plan.last_day)}"


def plan_words(plan: PlanCopy, communication: str) -> dict[str, Any]:
    """Everything the page and the PDF say."""
    totals = plan.totals
    return {
        "author": plan.council_name,
        "foot": f"Support plan of {plan.person_name}, version {plan.number}",
        "heading": f"{plan.called}’s support plan",
        "period": _period(plan),
        "standing": _STANDING[plan.state],
        "communication": communication,
        "facts": _facts(plan),
        "chapters": [
            {"heading": chapter.label, "paragraphs": _paragraphs(words)}
            for chapter in Chapter
            if (words := plan.words.get(chapter))
        ],
        "items": [_item(plan, item) for item in plan.items],
        "money": [
            {
                "name": PaidFrom(str(route)).label,
                "agreed": formats.money(totals.allocated[route]),
                "planned": formats.money(totals.planned[route]),
                "left": formats.money(totals.allocated[route] - totals.planned[route]),
            }
            for route in Route
            if totals.allocated[route] or totals.planned[route]
        ],
        "together": {
            "agreed": formats.money(totals.allocated_whole),
            "planned": formats.money(totals.planned_whole),
            "left": formats.money(totals.left),
        },
        "self_paid": f"{plan.called} also pays {formats.money(totals.self_paid)} for things outside the budget."
        if totals.self_paid
        else "",
        "helpers": [{"name": each.name, "as": each.kind.label, "how": each.how} for each in plan.helpers],
        "keys": [_key(plan, kind) for kind in KeyKind],
    }


def _facts(plan: PlanCopy) -> list[tuple[str, str]]:
    facts = [
        ("For", plan.person_name),
        ("Council", plan.council_name),
        ("Runs", _period(plan)),
        ("Version", str(plan.number)),
    ]
    if plan.agreed_at is not None:
        facts.append(("Agreed on", formats.full_date(plan.agreed_at)))
    return facts


def _paragraphs(words: str) -> list[str]:
    return [line.strip() for line in words.splitlines() if line.strip()]


def _item(plan: PlanCopy, item: ItemLine) -> dict[str, str]:
    who = [part for part in (item.category.label if item.category else "", item.provider) if part]
    whole = plan.cost_of(item)
    return {
        "title": item.title,
        "detail": " · ".join(part for part in (item.what, *who) if part),
        "for": " · ".join(part for part in (item.need, item.outcome) if part),
        "how_often": item.how_often.capitalize(),
        "paid_from": item.paid_from.label,
        "each": formats.price(item.cost_pence),
        "whole": formats.price(whole),
    }


def _key(plan: PlanCopy, kind: KeyKind) -> dict[str, str]:
    turned = plan.key(kind)
    if turned is None:
        return {"name": kind.label, "words": "Not yet", "turned": ""}
    return {
        "name": kind.label,
        "words": f"{turned.turned_by_name}, {formats.full_date(turned.turned_at)}",
        "turned": "yes",
    }


# --- Easy Read --------------------------------------------------------------------------------------------------


def plan_easy_title(plan: PlanCopy) -> str:
    """The title of the Easy Read plan."""
    return f"Easy Read: support plan of {plan.person_name}, version {plan.number}"


def plan_easy_words(plan: PlanCopy, communication: str) -> dict[str, Any]:
    """The plan with a picture by each idea and one idea a line; the person's own words stay their own."""
    parts = [
        {"heading": "", "ideas": _easy_about(plan)},
        *(
            {"heading": chapter.label, "ideas": _easy_chapter(chapter, words)}
            for chapter in Chapter
            if (words := plan.words.get(chapter))
        ),
        {"heading": "What I will do", "ideas": [_easy_item(plan, item) for item in plan.items]},
        {"heading": "My money", "ideas": _easy_money(plan)},
        {"heading": "Who helped", "ideas": [_idea("talk", f"{each.name}.") for each in plan.helpers]},
        {"heading": "Is it agreed?", "ideas": _easy_keys(plan)},
        {
            "heading": "If you want to change it",
            "ideas": [
                _idea("talk", "You can ask to change your plan. You can ask at any time."),
                _idea("council", f"Tell {plan.council_name}, or somebody who helps you."),
            ],
        },
    ]
    return {
        "author": plan.council_name,
        "foot": f"Support plan of {plan.person_name}, version {plan.number}",
        "heading": "My plan",
        "communication": communication,
        "parts": [part for part in parts if part["ideas"]],
    }


def _idea(picture: str, words: str, strong: str | None = None) -> dict[str, str]:
    return {"picture": picture, "words": words, **({"strong": strong} if strong is not None else {})}


def _easy_about(plan: PlanCopy) -> list[dict[str, str]]:
    return [
        _idea("plan", f"This is the plan of {plan.called}."),
        _idea("calendar", f"It starts on {formats.full_date(plan.starts_on)}."),
        _idea("calendar", f"It ends on {formats.full_date(plan.last_day)}."),
    ]


def sentences(words: str) -> list[str]:
    """A text sentence by sentence, each line end an end as well."""
    return [
        sentence.strip()
        for line in words.splitlines()
        for sentence in re.split(r"(?<=[.!?])\s+", line)
        if sentence.strip()
    ]


def _easy_chapter(chapter: Chapter, words: str) -> list[dict[str, str]]:
    return [_idea(_CHAPTER_PICTURES[chapter], sentence) for sentence in sentences(words)]


def _easy_item(plan: PlanCopy, item: ItemLine) -> dict[str, str]:
    picture = item.category.picture if item.category else "choose"
    often = "" if item.frequency is Frequency.ONCE and item.times == 1 else f" {item.how_often.capitalize()}."
    with_whom = f" It is with {item.provider}." if item.provider else ""
    words = f"{item.title.rstrip('.')}.{often}{with_whom}"
    if item.paid_from is PaidFrom.FREE:
        return _idea(picture, f"{words} It is free.")
    pays = " You pay this yourself." if item.paid_from is PaidFrom.SELF else ""
    once = "It costs" if item.frequency is Frequency.ONCE and item.times == 1 else "Each time it costs"
    return _idea(picture, f"{words}{pays} {once}:", formats.money(item.cost_pence))


def _easy_money(plan: PlanCopy) -> list[dict[str, str]]:
    totals = plan.totals
    ideas = [_idea("money", "This is all the money in your budget.", formats.money(totals.allocated_whole))]
    ideas += [
        _idea(_MONEY_PICTURES[route], _MONEY_WORDS[route], formats.money(amount))
        for route in Route
        if (amount := totals.allocated[route])
    ]
    ideas.append(_idea("plan", "The things in this plan cost:", formats.money(totals.planned_whole)))
    if totals.left.pence > 0:
        ideas.append(_idea("purse", "This is left for other things.", formats.money(totals.left)))
    if plan.contribution_pence:
        ideas.append(_idea("person", "You pay this part yourself.", formats.money(plan.contribution_pence)))
    return ideas


def _easy_keys(plan: PlanCopy) -> list[dict[str, str]]:
    ideas = []
    for kind in KeyKind:
        turned = plan.key(kind) is not None
        words = _KEY_WORDS[kind]
        ideas.append(
            _idea("tick", f"{words}.")
            if turned
            else _idea("clock", f"{words}: we still have to look at this.")
        )
    agreed = plan.state in (PlanState.AGREED, PlanState.SUPERSEDED)
    ideas.append(
        _idea("key", "Your plan is agreed. You can use the money.")
        if plan.state is PlanState.AGREED
        else _idea("clock" if not agreed else "letter", _STANDING[plan.state])
    )
    return ideas
