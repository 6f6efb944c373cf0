"""What makes the database itself refuse a change of the journal; run by the migration that makes the table.

A line may only be blanked, and only once the demande it names has left the register. On PostgreSQL the
application's role has no UPDATE or DELETE at all where it is not the owner (`grant_to`): it blanks through
a function of the owner's.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from intake.errors import ReglageInvalide

_SEALED = "numero moment action condense precedent empreinte".split()
_REFUSED = "le journal ne se modifie pas"

_SQLITE = [
    f"""
    CREATE TRIGGER journal_pas_de_delete BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END
    """,
    f"""
    CREATE TRIGGER journal_pas_d_update BEFORE UPDATE ON journal
    WHEN {" OR ".join(f"NEW.{c} IS NOT OLD.{c}" for c in _SEALED)}
      OR NEW.contenu IS NOT NULL OR NEW.sel IS NOT NULL OR NEW.demande IS NOT NULL OR OLD.demande IS NULL
      OR EXISTS (SELECT 1 FROM demandes WHERE numero_unique = OLD.demande)
    BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END
    """,  # noqa: S608 - our own words
    f"""
    CREATE TRIGGER journal_a_la_suite BEFORE INSERT ON journal
    WHEN NEW.numero IS NOT (SELECT coalesce(max(numero), 0) + 1 FROM journal)
      OR NEW.precedent IS NOT coalesce(
        (SELECT empreinte FROM journal ORDER BY numero DESC LIMIT 1), '{"0" * 64}')
    BEGIN SELECT RAISE(ABORT, 'une ligne du journal suit la dernière'); END
    """,  # noqa: S608 - our own words
]

_POSTGRESQL = [
    f"""
    CREATE FUNCTION journal_garder() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        IF {" AND ".join(f"NEW.{c} IS NOT DISTINCT FROM OLD.{c}" for c in _SEALED)}
           AND NEW.contenu IS NULL AND NEW.sel IS NULL AND NEW.demande IS NULL AND OLD.demande IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM demandes WHERE numero_unique = OLD.demande) THEN
          RETURN NEW;
        END IF;
      ELSIF TG_OP = 'INSERT' THEN
        IF NEW.numero = (SELECT coalesce(max(numero), 0) + 1 FROM journal)
           AND NEW.precedent = coalesce(
             (SELECT empreinte FROM journal ORDER BY numero DESC LIMIT 1), '{"0" * 64}') THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION '{_REFUSED}';
    END $$
    """,  # noqa: S608 - our own words
    """
    CREATE TRIGGER journal_garder BEFORE INSERT OR UPDATE OR DELETE ON journal
    FOR EACH ROW EXECUTE FUNCTION journal_garder()
    """,
    """
    CREATE TRIGGER journal_pas_de_truncate BEFORE TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_garder()
    """,
    # The search path is fixed, so that nobody slips another « journal » under the owner's rights; `grant_to`
    # puts temporary tables last.
    """
    CREATE FUNCTION journal_effacer(la_demande text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE blanked bigint;
    BEGIN
      UPDATE journal SET demande = NULL, contenu = NULL, sel = NULL WHERE demande = la_demande;
      GET DIAGNOSTICS blanked = ROW_COUNT;
      RETURN blanked;
    END $$
    """,
    "REVOKE ALL ON FUNCTION journal_effacer(text) FROM PUBLIC",
]


def install(connection: sa.Connection) -> None:
    for statement in _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE:
        connection.exec_driver_sql(statement)


def remove(connection: sa.Connection) -> None:
    """After the table itself, with which its triggers go."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION journal_garder()")
        connection.exec_driver_sql("DROP FUNCTION journal_effacer(text)")


def grant_to(connection: sa.Connection, role: str) -> None:
    """Give `role` what the application needs and no more: on the journal, to read and to add.

    Run by the owner of the tables (the `release` step), on PostgreSQL only; safe to run again. Raises
    ReglageInvalide where it is run by another, or there is no such role.
    """
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    for statement in (
        # Temporary tables come first where the search path does not say otherwise; any role may make some:
        # one named « demandes » let lines be blanked of a demande that is in the register. Before version 15,
        # PUBLIC may also make operators that the guards' comparisons would take.
        "ALTER FUNCTION journal_garder() SET search_path = public, pg_temp",
        "ALTER FUNCTION journal_effacer(text) SET search_path = public, pg_temp",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}",
        f"REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON journal FROM {quoted}",
        f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}",
        f"GRANT EXECUTE ON FUNCTION journal_effacer(text) TO {quoted}",
    ):
        try:
            connection.exec_driver_sql(statement)
        except ProgrammingError as e:
            raise ReglageInvalide(
                f"Le rôle « {role} » n'existe pas, ou DATABASE_URL n'est pas du rôle qui possède les tables.",
                hint="Créez-le, ou lancez la commande avec le rôle propriétaire : docs/deploy.md.",
            ) from e
