"""The base forms an English word may have: generous, since a pattern decides which of them it wanted."""

from __future__ import annotations

from functools import lru_cache

_VOWELS = "aeiou"
# Irregular forms of words the lexicon uses; the rest follows the rules below.
_IRREGULAR = {
    form: base
    for base, forms in {
        "be": "is are was were been being am",
        "have": "has had having",
        "do": "does did done doing",
        "go": "goes went gone",
        "break": "broke broken",
        "bring": "brought",
        "build": "built",
        "catch": "caught",
        "come": "came",
        "draw": "drew drawn",
        "drive": "drove driven",
        "fall": "fell fallen",
        "fight": "fought",
        "fly": "flew flown flies",
        "forbid": "forbade forbidden",
        "forgo": "forwent forgone",
        "forswear": "forswore forsworn",
        "freeze": "froze frozen",
        "get": "got gotten",
        "give": "gave given",
        "grow": "grew grown",
        "hang": "hung",
        "hold": "held",
        "keep": "kept",
        "lay": "laid",
        "lead": "led",
        "leave": "left",
        "lie": "lay lain lying",
        "lose": "lost",
        "make": "made",
        "mean": "meant",
        "meet": "met",
        "overrun": "overran",
        "pay": "paid",
        "rise": "rose risen",
        "run": "ran",
        "say": "said",
        "see": "saw seen",
        "seek": "sought",
        "sell": "sold",
        "send": "sent",
        "shake": "shook shaken",
        "shoot": "shot",
        "sink": "sank sunk",
        "sit": "sat",
        "slay": "slew slain",
        "speak": "spoke spoken",
        "spoil": "spoilt",
        "stand": "stood",
        "stick": "stuck",
        "strike": "struck stricken",
        "swear": "swore sworn",
        "take": "took taken",
        "talk": "",
        "teach": "taught",
        "tear": "tore torn",
        "tell": "told",
        "think": "thought",
        "throw": "threw thrown",
        "undo": "undid undone",
        "win": "won",
        "withdraw": "withdrew withdrawn",
        "write": "wrote written",
        "wind": "wound",
        "begin": "began begun",
        "bid": "bade bidden",
        "blow": "blew blown",
        "overturn": "",
        "undertake": "undertook undertaken",
        "foresee": "foresaw",
        "die": "dying",
        "man": "men",
        "woman": "women",
        "gunman": "gunmen",
        "militiaman": "militiamen",
        "crewman": "crewmen",
        "fisherman": "fishermen",
        "policeman": "policemen",
        "child": "children",
        "body": "bodies",
        "tie": "tying",
        "steal": "stole stolen",
        "hide": "hid hidden",
        "cling": "clung",
        "sling": "slung",
        "spring": "sprang sprung",
        "wage": "",
        "will": "'ll wo",
        "can": "ca",
        "not": "n't n’t",
        "ceasefire": "cease-fire cease-fires",
        "de-escalate": "deescalate deescalated deescalates",
    }.items()
    for form in forms.split()
}


@lru_cache(maxsize=65536)
def bases(word: str) -> frozenset[str]:
    """All base forms the lower-case `word` may be a form of, itself included."""
    found = {word}
    if word in _IRREGULAR:
        found.add(_IRREGULAR[word])
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        found.add(word[:-1])
        if word.endswith("es"):
            found.add(word[:-2])
        if word.endswith("ies"):
            found.add(word[:-3] + "y")
    for ending in ("ed", "ing"):
        stem = word[: -len(ending)]
        if word.endswith(ending) and len(stem) > 1 and any(letter in _VOWELS + "y" for letter in stem):
            found |= {stem, stem + "e"}
            if len(stem) > 2 and stem[-1] == stem[-2]:
                found.add(stem[:-1])
            if ending == "ed" and stem.endswith("i"):
                found.add(stem[:-1] + "y")
    if "-" in word:
        found.add(word.replace("-", ""))
    return frozenset(found)
