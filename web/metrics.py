"""What Prometheus may count: parts that answer, times of requests, work that waits, pieces by state."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from apiflask import APIFlask
from flask import Response, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from intake.domain.motif import Canal
from web.jobs import FOND, QUEUES, queue_for
from web.parties import OK, etat
from web.wiring import Site

_OVER = timedelta(minutes=5)


class _State(Collector):
    """Asked of the parts and of the database at each scrape: true whatever process answers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        parts = GaugeMetricFamily("dossier_partie", "1 si la partie répond, 0 sinon", labels=["nom"])
        said = etat(self._site)
        for name, word in said.items():
            parts.add_metric([name], float(word == OK))
        yield parts
        if said["base"] == OK:
            yield from self._kept()

    def _kept(self) -> Iterable[Metric]:
        for name, states in self._site.queries.counts().items():
            family = GaugeMetricFamily(f"dossier_{name}", f"{name.capitalize()} par état", labels=["etat"])
            for state, count in states.items():
                family.add_metric([state], count)
            yield family
        now = self._site.clock.now()
        yield from self._work(now)
        oldest = min(self._site.work.oldest_by_canal().values(), default=None)
        age = (now - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("dossier_attente_secondes", "Âge du plus ancien envoi à traiter", age)

    def _work(self, now: datetime) -> Iterable[Metric]:
        work = self._site.work
        ages = GaugeMetricFamily(
            "dossier_file_age_secondes", "Âge du plus ancien envoi non traité", labels=["canal"]
        )
        oldest = work.oldest_by_canal()
        for canal in Canal:
            since = oldest.get(canal.value)
            ages.add_metric([canal.value], (now - since).total_seconds() if since else 0.0)
        yield ages
        steps = GaugeMetricFamily("dossier_file_etapes", "Étapes que personne ne fait", labels=["file"])
        waiting = Counter[str]()
        for (canal, cut, part), count in work.waiting_counts(now).items():
            waiting[queue_for(canal, decoupe=cut, tranche=part)] += count
        waiting[FOND] = work.incomplete()
        for queue in QUEUES:
            steps.add_metric([queue], waiting[queue])
        yield steps
        seen = work.measures(now, _OVER)
        rate = seen.pages / _OVER.total_seconds()
        yield GaugeMetricFamily("dossier_pages_par_seconde", "Pages lues, sur cinq minutes", rate)
        stages = GaugeMetricFamily(
            "dossier_etape_secondes", "Durée moyenne, sur cinq minutes", labels=["etape"]
        )
        for name, seconds in seen.etapes.items():
            stages.add_metric([name], seconds)
        yield stages
        yield self._failed(now)

    def _failed(self, now: datetime) -> Metric:
        """What `flask travail etat` shows as failed: tried again by itself, or put aside for a person."""
        work = self._site.work
        aside = work.put_aside()
        of_envois = [failure.envoi in aside for failure in work.failures()]
        of_lots = [lot.mis_de_cote for lot in work.lots_going_on(now) if lot.rate]
        of_travaux = [travail.mis_de_cote for travail in work.travaux_going_on(now) if travail.rate]
        failed = Counter([*of_envois, *of_lots, *of_travaux])
        family = GaugeMetricFamily("dossier_echecs", "Étapes qui ont échoué, et attendent", labels=["etat"])
        for name, put_aside in (("repris", False), ("mis_de_cote", True)):
            family.add_metric([name], failed[put_aside])
        return family


def measure(app: APIFlask, site: Site, registry: CollectorRegistry) -> None:
    times = Histogram(
        "dossier_requete_secondes",
        "Durée des requêtes",
        ["route", "statut"],
        registry=registry,
        buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 60),
    )
    registry.register(_State(site))

    @app.before_request
    def start() -> None:
        g.debut = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if request.endpoint and hasattr(g, "debut"):
            times.labels(request.endpoint, response.status_code // 100 * 100).observe(
                time.perf_counter() - g.debut
            )
        return response
