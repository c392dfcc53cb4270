"""One notation for the many ways of writing the same: LaTeX layout, Unicode signs and words become plain signs."""

import re

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUBSCRIPT_RUN = re.compile("[₀₁₂₃₄₅₆₇₈₉]+")
_SIGNS = {
    "−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "⁄": "/", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "=",
    "∞": " oo ", "°": " degrees ", "∪": r" \cup ", "∩": r" \cap ", "∈": r" \in ", "∅": " emptyset ", "ℝ": " RR ",
    "ℤ": r"\mathbb{Z}", "ℕ": r"\mathbb{N}", "∖": r"\setminus ",
    "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}", "⅓": r"\frac{1}{3}", "⅔": r"\frac{2}{3}",
    "π": " pi ", "α": " alpha ", "β": " beta ", "γ": " gamma ", "δ": " delta ", "θ": " theta ", "λ": " lambda ",
    "μ": " mu ", "σ": " sigma ", "φ": " phi ", "ω": " omega ", "⟨": "(", "⟩": ")", "’": "'", "“": '"', "”": '"',
    "⦃": "", "⦄": "",
}  # fmt: skip
SET_OPENS, SET_CLOSES = "⦃", "⦄"
"""The braces of a set; other braces group."""
PLUS_MINUS, MINUS_PLUS = "±", "∓"
_COMMANDS = {
    "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "lt": "<", "gt": ">",
    "ne": "!=", "neq": "!=", "approx": "=", "pm": PLUS_MINUS, "mp": MINUS_PLUS, "cdot": "*", "times": "*", "div": "/",
    "infty": " oo ", "degree": " degrees ", "circ": " degrees ", "langle": "(", "rangle": ")", "lvert": "|",
    "rvert": "|", "vert": "|", "lbrace": SET_OPENS, "rbrace": SET_CLOSES, "lbrack": "[", "rbrack": "]",
    "emptyset": " emptyset ", "varnothing": " emptyset ", "mid": "|", "colon": ":", "lor": " or ", "land": " and ",
    "vee": " or ", "wedge": " and ",
    "displaystyle": "", "textstyle": "", "limits": "", "quad": " ", "qquad": " ",
    "dfrac": r"\frac", "tfrac": r"\frac", "cfrac": r"\frac", "dbinom": r"\binom", "tbinom": r"\binom",
}  # fmt: skip
_COMMAND = re.compile(r"(?<!\\)\\([a-zA-Z]+)")
_DOUBLED = re.compile(r"\\\\(?=[a-zA-Z])")
_SIZES = re.compile(r"\\(?:m?left|m?right|[bB]igg?[lrm]?)(?![a-zA-Z])\s*\.?")
_SPACES = re.compile(r"(?<!\\)\\[,;:!\s]|~")
_TEXT = re.compile(
    r"\\(?:text|textbf|textit|textrm|textnormal|mathrm|mathbf|mathit|mathsf|mbox|operatorname)\s*\{([^{}]*)\}"
)
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{(.*)\}", re.DOTALL)
_WRAPPED = re.compile(r"\\\((.*)\\\)|\\\[(.*)\\\]|\$\$(.*)\$\$|\$([^$]*)\$", re.DOTALL)
_DEGREES = re.compile(r"\^\s*\{?\s*degrees\s*\}?")
_THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|,\\!)(?=\d{3})")
_NUMBER_WITH_SPACES = re.compile(r"[-+]?\d{1,3}(?: \d{3})+(?:\.\d+)?")
_SCIENTIFIC = re.compile(r"(?<![a-zA-Z\d.])(\d{1,300}(?:\.\d{1,300})?)[eE]([-+]?\d{1,3})(?![\w.])")
_PHRASES = (
    (re.compile(r"(?:all |the |set of )*real numbers?|\\mathbb\{?R\}?|\\Reals|\\R(?![a-zA-Z])"), " RR "),
    (re.compile(r"no (?:real )?solutions?|(?:the )?empty set", re.IGNORECASE), " emptyset "),
    (re.compile(r"does not exist", re.IGNORECASE), "dne"),
    (re.compile(r"(?<![a-z\\])(?:positive )?infinity(?![a-z])|(?<![a-z\\])inf(?![a-z])"), " oo "),
    (re.compile(r"(?<=\S)[,; ] *(?:where |for )?[a-z] *(?:\\in *\\mathbb\{?[ZN]\}?|is an integer)$"), ""),
    (re.compile(r"\\vec *\{([^{}]*)\}"), r"\1"),
    (re.compile(r"(?<=\d) ?thousand(?![a-z])"), "*10^{3}"),
    (re.compile(r"(?<=\d) ?million(?![a-z])"), "*10^{6}"),
    (re.compile(r"(?<=\d) ?billion(?![a-z])"), "*10^{9}"),
    (re.compile(r"(?<![a-zA-Z\\])a(sin|cos|tan)(?![a-z])"), r"arc\1"),
    (re.compile(r"(?<![a-zA-Z\\])log(2|10)(?=\()"), r"\\log_{\1}"),
    (re.compile(r"(?<![a-z\\])(?:plus or minus|plus-minus|\+/-|\+-)"), PLUS_MINUS),
)


def clean(text: str) -> str:
    r"""A text in one notation.

    Delimiters, boxes, sizes and fonts are gone; relations are ``<= >= != =``, products ``*``, the braces of a set
    ``SET_OPENS`` and ``SET_CLOSES``. Names of functions and ``\frac`` stay as they are.
    """
    text = _unwrapped(text)
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    text = _SUPERSCRIPT_RUN.sub(lambda run: "^{" + run[0].translate(_SUPERSCRIPTS) + "}", text)
    text = _SUBSCRIPT_RUN.sub(lambda run: "_{" + run[0].translate(_SUBSCRIPTS) + "}", text)
    text = re.sub(r"√\s*(\d+|[a-z])", r"\\sqrt{\1}", text).replace("√", "sqrt")
    text = _THOUSANDS.sub(",", text)
    text = text if "\\begin" in text else _DOUBLED.sub(r"\\", text)
    text = _TEXT.sub(r" \1 ", _SIZES.sub("", text))
    text = _SPACES.sub(" ", text.replace(r"\{", SET_OPENS).replace(r"\}", SET_CLOSES).replace(r"\%", "%"))
    text = text.replace(r"\|", "|").replace(r"\$", "$").replace(r"\not=", "!=")
    for pattern, plain in _PHRASES:
        text = pattern.sub(plain, text)
    text = _COMMAND.sub(lambda command: _COMMANDS.get(command[1], command[0]), text)
    text = _DEGREES.sub(" degrees ", text).replace("**", "^").replace("==", "=").replace("=<", "<=")
    text = " ".join(text.split()).replace(" ^", "^").strip().removeprefix("= ").removesuffix(".").rstrip()
    if _NUMBER_WITH_SPACES.fullmatch(text):
        text = text.replace(" ", "")
    return _SCIENTIFIC.sub(r"\1*10^{\2}", text)


def _unwrapped(text: str) -> str:
    """What is inside dollar signs, LaTeX brackets, a box or asterisks around the whole text."""
    while True:
        inner = text.strip().removesuffix(".").strip()
        inner = inner[2:-2] if len(inner) > 4 and inner.startswith("**") and inner.endswith("**") else inner
        if match := _WRAPPED.fullmatch(inner):
            inner = next(part for part in match.groups() if part is not None)
        elif match := _BOXED.fullmatch(inner):
            inner = match[1]
        if inner == text:
            return text
        text = inner
