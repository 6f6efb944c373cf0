"""Owns the letters that Unicode does not take apart into a plain one and its mark, as « ł » and « œ »."""

LETTRES = str.maketrans(
    {
        "œ": "oe",
        "æ": "ae",
        "ß": "ss",
        "þ": "th",
        "ø": "o",  # ICAO 9303 writes OE in a zone: one letter more is a misreading
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "ŋ": "n",
    }
)
