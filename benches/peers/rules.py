"""Frameworks of the cases, and the flat form in which peers get their rules."""

import json
import re
from pathlib import Path

RULES_PER_FRAMEWORK = 50


def key(tag):
    """A tag of a document as the pair (source, name)."""
    return (tag.get("source", "curated"), tag["name"])


def criteria(rule):
    """Every tag that a rule reads on columns: these a rule may give, too."""
    return {key(tag) for part in ("columnTags", "neighborColumnTags") for tag in rule.get(part, [])}


def load(folder):
    """The framework documents of a folder, in the order of their names."""
    return [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]


def one_pass(documents, count):
    """The first `count` rules none of which reads a tag that one of them gives.

    For such rules one pass is the fixpoint, so that engines which cannot
    iterate have the same answer to find.
    """
    chosen, read, given = [], set(), set()
    for document in documents:
        for rule in document["rules"]:
            reads, gives = criteria(rule), key(rule["classificationTag"])
            if len(chosen) == count:
                return chosen
            if reads & given or gives in read or gives in reads:
                continue
            chosen.append(rule)
            read |= reads
            given.add(gives)
    if len(chosen) < count:
        raise SystemExit(f"only {len(chosen)} of {count} rules can be had without chains")
    return chosen


def ratings(documents):
    """Per tag what the documents declare of it."""
    return {key(tag): tag for document in documents for tag in document["tags"]}


def frameworks_of(rules, declared, name):
    """Rules under new frameworks of the size that the payload allows."""
    documents = []
    for first in range(0, len(rules), RULES_PER_FRAMEWORK):
        number = first // RULES_PER_FRAMEWORK + 1
        part = [
            {**rule, "name": f"r{first + nth:05}"}
            for nth, rule in enumerate(rules[first : first + RULES_PER_FRAMEWORK], 1)
        ]
        for rule in part:
            rule.pop("id", None)
        gives = dict.fromkeys(key(rule["classificationTag"]) for rule in part)
        tags = [declared.get(tag, plain(tag)) for tag in gives]
        documents.append(
            {
                "shortName": f"{name}-{number:04}",
                "name": f"{name} {number}",
                "description": "Made to measure with, not to comply with.",
                "active": True,
                "tags": tags,
                "rules": part,
            }
        )
    return documents


def plain(tag):
    return {"source": tag[0], "name": tag[1]}


def write(documents, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        text = json.dumps(document, indent=1)
        (folder / f"{document['shortName']}.json").write_text(text + "\n")


def slug(text):
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def flat(documents):
    """Rules and declared tags as peers get them: nothing left to parse."""
    rules = [
        {
            "id": rule.get("id") or f"{slug(document['shortName'])}/{slug(rule['name'])}",
            "gives": key(rule["classificationTag"]),
            "column": sorted({key(tag) for tag in rule.get("columnTags", [])}),
            "neighbor": sorted({key(tag) for tag in rule.get("neighborColumnTags", [])}),
            "table": sorted({key(tag) for tag in rule.get("tableTags", [])}),
        }
        for document in documents
        if document["active"]
        for rule in document["rules"]
    ]
    declared = {key(tag) for document in documents for tag in document["tags"]}
    return {"rules": rules, "declared": sorted(declared)}


def idle(fired, rare_pairs, tags, count):
    """`fired` and, up to `count`, rules that look at the catalog's tags but fire nowhere.

    By turns a rule lacks a second column tag, which the catalog never has
    beside the first, a neighbour's tag or a table tag, which it never has.
    """
    rules = list(fired)
    for nth in range(count - len(fired)):
        rule = {"classificationTag": {"source": "curated", "name": f"Idle.T{nth % 997}"}}
        if nth % 2 == 0 and rare_pairs:
            first, second = rare_pairs[(nth // 2) % len(rare_pairs)]
            rule["columnTags"] = [plain(first), plain(second)]
        else:
            rule["columnTags"] = [plain(tags[(nth // 2) % len(tags)])]
            part = "neighborColumnTags" if nth % 4 == 1 else "tableTags"
            rule[part] = [{"source": "curated", "name": f"Never.T{nth % 499}"}]
        rules.append(rule)
    return rules


def over_real_tags(columns, tables, count):
    """One-pass rules over the tags of a real catalog, the most frequent first.

    Every second tag earns something by itself; the others only beside a
    neighbour's tag, on a table with a tag, or both.
    """
    rules = []
    for nth in range(count):
        tag, turn = nth % len(columns), nth // len(columns)
        rule = {
            "classificationTag": {"source": "curated", "name": f"Given.T{nth * 3 // 5}"},
            "columnTags": [plain(columns[tag])],
        }
        kind = (tag + turn) % 4 if turn else tag % 2
        if kind in (1, 3):
            other = columns[(tag * 3 + turn * 5 + 1) % len(columns)]
            rule["neighborColumnTags"] = [plain(other)]
        if kind in (2, 3):
            rule["tableTags"] = [plain(tables[(nth * 7 + turn) % min(len(tables), 60)])]
        rules.append(rule)
    return rules
