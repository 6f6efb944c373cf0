"""What Prometheus may count: requests and their times, work that waits, pieces and incidents by state."""

from __future__ import annotations

import time
from collections.abc import Iterable

from apiflask import APIFlask
from flask import Response, g, request
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from web.wiring import Site


class _State(Collector):
    """Asked of the database at each scrape: true whatever process answers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        for name, states in self._site.queries.counts().items():
            family = GaugeMetricFamily(f"dossier_{name}", f"{name.capitalize()} par état", labels=["etat"])
            for state, count in states.items():
                family.add_metric([state], count)
            yield family
        oldest = min(self._site.work.oldest_by_canal().values(), default=None)
        age = (self._site.clock.now() - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("dossier_attente_secondes", "Âge du plus ancien envoi à traiter", age)


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
