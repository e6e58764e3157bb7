using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Miosa.Mcp.Storage;

/// <summary>The schema, as the steps that made it. A step that has been released is never changed, only followed.</summary>
internal static class Migrations
{
    private static readonly string[] Steps =
    [
        """
        create table events (
            id text primary key, type text not null, at text not null, workspace text, device text, principal text, call_id text, run_id text, data text not null);
        create index events_device on events (device, id);

        create table calls (
            principal text not null, workspace text not null, idempotency_key text not null, call_id text not null, tool text not null,
            call_hash text not null, status text not null, result text, created_at text not null,
            primary key (principal, workspace, idempotency_key));
        create index calls_created on calls (created_at);

        create table sandboxes (
            id text primary key, workspace text not null, principal text not null, name text not null, state text not null, reason text,
            slot integer not null, template_id text not null, size text not null, isolation text not null, request text not null, started text,
            created_at text not null, expires_at text, external_workspace_id text, external_user_id text, external_project_id text);
        create unique index sandboxes_name on sandboxes (workspace, name) where state <> 'destroyed';
        create unique index sandboxes_slot on sandboxes (slot) where state <> 'destroyed';

        create table processes (
            id text primary key, sandbox_id text not null references sandboxes (id), workspace text not null, principal text not null, title text not null,
            call_id text, started_at text not null, status text not null, exit_code integer, signal text, ended_at text, journaled_cursor bigint not null);
        create index processes_sandbox on processes (sandbox_id, id);
        create index processes_workspace on processes (workspace, id);
        """,
        """
        create table snapshots (
            id text primary key, workspace text not null, principal text not null, sandbox_id text not null, sandbox_name text not null, name text, comment text,
            is_automatic integer not null, state text not null, reason text, template_id text not null, size text not null, isolation text not null, created_at text not null);
        create index snapshots_workspace on snapshots (workspace, id);
        create index snapshots_sandbox on snapshots (sandbox_id, id);
        alter table sandboxes add column restoring text;
        """,
        """
        create table preview_slugs (sandbox_id text primary key references sandboxes (id), slug text not null unique);

        create table previews (
            id text primary key, sandbox_id text not null references sandboxes (id), workspace text not null, principal text not null, port integer not null,
            access text not null, created_at text not null);
        create unique index previews_port on previews (sandbox_id, port);
        create index previews_workspace on previews (workspace, id);

        create table preview_grants (
            id text primary key, preview_id text not null, sandbox_id text not null references sandboxes (id), port integer not null, kind text not null, secret_hash text,
            password text, principal text not null, created_at text not null, expires_at text, revoked_at text);
        create index preview_grants_preview on preview_grants (preview_id);
        """,
        """
        create table services (
            id text primary key, sandbox_id text not null references sandboxes (id), workspace text not null, principal text not null, name text not null,
            spec text not null, wanted integer not null, state text not null, health text, reason text, process_id text, restarts integer not null,
            created_at text not null, started_at text);
        create unique index services_name on services (sandbox_id, name);
        """,
        """
        create table network_policies (sandbox_id text primary key references sandboxes (id), preset text not null, allow text not null);
        """,
        """
        create table templates (
            id text primary key, workspace text not null, principal text not null, name text not null, origin text not null, spec text not null,
            is_whole integer not null, reason text, notes text not null, created_at text not null);
        create unique index templates_name on templates (workspace, name);

        create table template_builds (device_id text primary key, template_id text);
        """,
        """
        create table receipts (
            workspace text not null, chain integer not null, sequence bigint not null, id text not null, chain_id text not null, kind text not null, at text not null,
            call_id text not null, capability text not null, principal text not null, agent text, device text, decision text, status text not null, error text, approval_id text,
            segment text not null, position bigint not null, length integer not null, is_open integer not null,
            primary key (workspace, chain, sequence));
        create index receipts_id on receipts (id);
        create index receipts_call on receipts (workspace, call_id);
        create index receipts_open on receipts (workspace, call_id) where is_open = 1;

        create table receipt_chains (workspace text not null, chain integer not null, chain_id text not null, indexed bigint not null, primary key (workspace, chain));
        """,
        """
        create table approvals (
            id text primary key, workspace text not null, kind text not null, state text not null, identity text not null, principal text not null, agent text, client text,
            transport text not null, tool text not null, capability text not null, version integer not null, fingerprint text not null, risk text not null, marks text not null,
            device text, arguments text not null, binding text not null, reasons text not null, facts text, created_at text not null, expires_at text not null,
            decided_at text, decided_by text, decided_via text, note text, edited_arguments text, edited_binding text, grant_id text,
            consumed_at text, call_id text, started_at text, ended_at text, outcome text, host text);
        create index approvals_state on approvals (workspace, state, id);
        create index approvals_identity on approvals (workspace, identity, id);
        create index approvals_created on approvals (created_at);

        create table grants (
            id text primary key, workspace text not null, capability text not null, fingerprint text not null, principal text not null, agent text, constraints text not null,
            allows_others integer not null, files text, until text not null, uses_left integer, created_by text not null, created_at text not null, revoked_at text, note text);
        create index grants_capability on grants (workspace, capability, id);

        create table accepted_policies (
            workspace text not null, agent text not null, fingerprint text not null, content text not null, accepted_by text not null, accepted_at text not null,
            primary key (workspace, agent));

        create table spends (id text primary key, workspace text not null, capability text not null, month text not null, usd text not null);
        create index spends_month on spends (workspace, month);

        create table deliveries (id text primary key, type text not null, body text not null, created_at text not null, attempts integer not null, next_at text not null);
        create index deliveries_next on deliveries (next_at);
        """,
        """
        create table workspaces (name text primary key, sandbox_id text, directory text, created_at text not null);
        """,
    ];

    public static void Apply(SqliteConnection connection, string path)
    {
        try
        {
            // Looked at inside the transaction, so that two who open a new file at once make the tables once.
            connection.Execute("begin immediate");
            connection.Execute("create table if not exists schema_version (version integer not null)");
            var version = connection.QuerySingleOrDefault<int?>("select version from schema_version") ?? 0;
            if (version > Steps.Length)
            {
                throw new StorageException(
                    string.Create(CultureInfo.InvariantCulture, $"The database {path} was written by a newer version of this program (schema {version}, this one knows {Steps.Length})."),
                    "Start the newer version, or use another home.", retryable: false);
            }
            foreach (var step in Steps[version..])
                connection.Execute(step);
            connection.Execute("delete from schema_version");
            connection.Execute("insert into schema_version values (@version)", new { version = Steps.Length });
            connection.Execute("commit");
        }
        catch (SqliteException exception)
        {
            throw StorageException.From(exception, path);
        }
    }
}
