"""Owns the page that shows a measure: figures, reliability, confusions, a picture of each mistake.

One file, no script, nothing fetched: it can be mailed, and opened years later.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from html import escape

from classifier.evaluate import SURE, Bilan, Cas

Vignette = Callable[[str], bytes | None]  # a file's first page as a small JPEG, None where it cannot be drawn
_SHOWN = 400

_STYLE = """
:root { color-scheme: light; --ink: #161616; --soft: #666; --line: #ddd; --good: #18753c; --bad: #ce0500 }
* { box-sizing: border-box }
body {
  font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  max-width: 1080px; margin: 2.5rem auto; padding: 0 1.25rem;
}
h1 { font-size: 1.6rem; margin: 0 0 .25rem }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem }
p.sub { color: var(--soft); margin: 0 0 1.5rem }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: .75rem }
.figure { border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem }
.figure b { display: block; font-size: 1.55rem; line-height: 1.2; font-variant-numeric: tabular-nums }
.figure span { color: var(--soft); font-size: .85rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top }
th { font-weight: 600; color: var(--soft); font-size: .85rem }
td.n, th.n { text-align: right }
.bar { background: #eee; height: .55rem; border-radius: 3px; min-width: 120px }
.bar i { display: block; height: 100%; border-radius: 3px; background: var(--good) }
.two { display: grid; grid-template-columns: 360px 1fr; gap: 2rem; align-items: start }
.errors { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 1rem }
.error { border: 1px solid var(--line); border-radius: 6px; overflow: hidden; font-size: .85rem }
.error img, .error .none {
  width: 100%; height: 270px; object-fit: contain; background: #f6f6f6; display: block;
}
.error .none { display: grid; place-items: center; color: var(--soft) }
.error div { padding: .6rem .75rem; overflow-wrap: anywhere }
.error em { color: var(--soft); font-style: normal }
.got { color: var(--bad) }
.want { color: var(--good) }
@media (max-width: 760px) { .two { grid-template-columns: 1fr } }
"""


def page(bilan: Bilan, titre: str, vignette: Vignette) -> str:
    parts = [
        "<!doctype html><html lang=fr><meta charset=utf-8><meta name=viewport content='width=device-width'>",
        f"<title>{escape(titre)}</title><style>{_STYLE}</style><body>",
        f"<h1>{escape(titre)}</h1><p class=sub>{len(bilan.cas)} fichiers, "
        f"{sum(c.pages for c in bilan.cas)} pages, {bilan.cpu_par_page:.2f} s de calcul par page</p>",
        _figures(bilan),
        "<h2>Par condition</h2>",
        _conditions(bilan),
        "<h2>Fiabilité : ce que vaut la confiance annoncée</h2><div class=two>",
        _diagram(bilan),
        _bins(bilan),
        "</div><h2>Par type</h2>",
        _recall(bilan),
        "<h2>Confusions</h2>",
        _confusions(bilan),
        "<h2>Champs lus</h2>",
        _fields(bilan),
        _errors(bilan, vignette),
        "</body></html>",
    ]
    return "\n".join(parts)


def _figures(b: Bilan) -> str:
    sure = len(b.sures) / max(1, len(b.cas))
    shown = [
        (_pc(b.exactitude), "type exact"),
        (_pc(b.categories), "catégorie exacte"),
        (_pc(b.inconnus), "documents étrangers reconnus tels"),
        (_pc(b.sures_justes), f"justes, parmi les réponses à {SURE} et plus"),
        (_pc(sure), f"réponses à {SURE} et plus"),
        (f"{b.ecart_de_calibration:.3f}", "écart de calibration"),
    ]
    return (
        "<div class=figures>"
        + "".join(f"<div class=figure><b>{v}</b><span>{escape(w)}</span></div>" for v, w in shown)
        + "</div>"
    )


def _conditions(b: Bilan) -> str:
    rows = [
        (name, str(len(g.cas)), _pc(g.exactitude), _pc(g.categories), _pc(g.sures_justes))
        for name, g in b.par_condition().items()
    ]
    return _table(("Condition", "Fichiers", "Type", "Catégorie", f"Justes à {SURE} et plus"), rows)


def _diagram(b: Bilan) -> str:
    """Confidence across, truth upwards; on the diagonal a confidence means what it says."""
    size, pad = 320, 34
    inner = size - 2 * pad

    def at(x: float, y: float) -> tuple[float, float]:
        return pad + x * inner, size - pad - y * inner

    most = max((t.reponses for t in b.calibration()), default=1)
    marks = []
    for t in b.calibration():
        x, y = at(t.confiance, t.justes)
        r = 3 + 9 * (t.reponses / most) ** 0.5
        marks.append(
            f"<circle cx={x:.1f} cy={y:.1f} r={r:.1f} fill='#000091' fill-opacity='.75'>"
            f"<title>{t.reponses} réponses à {t.confiance:.2f} : {_pc(t.justes)} justes</title></circle>"
        )
    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    grid = "".join(
        f"<path d='M{at(v, 0)[0]:.1f} {y0}V{y1}M{x0} {at(0, v)[1]:.1f}H{x1}' stroke='#eee'/>"
        f"<text x={at(v, 0)[0]:.1f} y={y0 + 16} text-anchor=middle>{v:g}</text>"
        f"<text x={x0 - 8} y={at(0, v)[1] + 4:.1f} text-anchor=end>{v:g}</text>"
        for v in (0, 0.25, 0.5, 0.75, 1)
    )
    return (
        f"<svg viewBox='0 0 {size} {size}' width=100% role=img aria-label='Diagramme de fiabilité' "
        "font-size=11 fill='#666' font-family='system-ui, sans-serif'>"
        f"{grid}<path d='M{x0} {y0}L{x1} {y1}' stroke='#999' stroke-dasharray='4 4'/>{''.join(marks)}"
        f"<text x={size / 2} y={size - 2} text-anchor=middle>confiance annoncée</text></svg>"
    )


def _bins(b: Bilan) -> str:
    rows = [
        (f"{t.de:.1f} à {t.de + 0.1:.1f}", str(t.reponses), f"{t.confiance:.2f}", _pc(t.justes))
        for t in reversed(b.calibration())
    ]
    return _table(("Confiance", "Réponses", "Moyenne", "Justes"), rows)


def _recall(b: Bilan) -> str:
    rows = []
    for kind, (right, every) in sorted(b.rappels().items(), key=lambda r: r[1][0] / r[1][1]):
        share = right / every
        bar = f"<div class=bar><i style='width:{100 * share:.0f}%'></i></div>"
        rows.append(
            f"<tr><td>{escape(kind)}<td class=n>{right} / {every}<td class=n>{_pc(share)}<td>{bar}</tr>"
        )
    head = "<tr><th>Type<th class=n>Justes<th class=n>Rappel<th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _confusions(b: Bilan) -> str:
    rows = [(a, got, str(n)) for a, got, n in b.confusions()[:60]]
    return _table(("Attendu", "Répondu", "Fichiers"), rows) if rows else "<p>Aucune.</p>"


def _fields(b: Bilan) -> str:
    rows = [(name, f"{right} / {n}", _pc(right / n)) for name, (right, n) in b.champs().items()]
    return _table(("Champ", "Exacts", "Part"), rows) if rows else "<p>Les étiquettes n'en donnent aucun.</p>"


def _errors(b: Bilan, vignette: Vignette) -> str:
    wrong = sorted((c for c in b.cas if not c.juste), key=lambda c: -c.confiance)
    head = f"<h2>Ce qui est faux ({len(wrong)}), le plus sûr de soi d'abord</h2>"
    return head + "<div class=errors>" + "".join(_error(c, vignette) for c in wrong[:_SHOWN]) + "</div>"


def _error(case: Cas, vignette: Vignette) -> str:
    picture = vignette(case.etiquette.fichier)
    shown = (
        f"<img alt='' loading=lazy src='data:image/jpeg;base64,{base64.b64encode(picture).decode()}'>"
        if picture
        else "<span class=none>sans image</span>"
    )
    why = case.erreur or " · ".join(case.obtenu.evidence[:3] if case.obtenu else ())
    return (
        f"<div class=error>{shown}<div><span class=want>{escape(case.etiquette.type)}</span> → "
        f"<span class=got>{escape(case.type or 'illisible')}</span> {case.confiance:.2f}<br>"
        f"<em>{escape(case.etiquette.fichier)}</em><br>{escape(why)}</div></div>"
    )


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    numeric = [i > 0 and bool(rows) and rows[0][i][:1].isdigit() for i in range(len(heads))]

    def line(tag: str, texts: tuple[str, ...]) -> str:
        cells = (f"<{tag}{' class=n' if n else ''}>{escape(t)}" for n, t in zip(numeric, texts, strict=True))
        return f"<tr>{''.join(cells)}</tr>"

    return f"<table>{line('th', heads)}{''.join(line('td', r) for r in rows)}</table>"


def _pc(value: float) -> str:
    return f"{100 * value:.1f} %".replace(".", ",")
