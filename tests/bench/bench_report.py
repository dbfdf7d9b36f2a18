"""A month's workbook: how fast its rows are written against the library alone, and how much memory that takes."""

from tests.bench.processes import run_together, start
from tests.bench.rows import empty_queue, make_account

FEW, MANY = 100_000, 1_000_000

FILL = """
    INSERT INTO messaging_message (
        reference, account_id, recipient, operator, channel, kind, text, encoding, is_flash, wap_url, segments,
        sender_id, status, provider_message_id, error_code, error_text, price, send_after, expires_at, priority,
        attempts, send_alone, account_refusals, never_resend, report_asked, sent_at, finished_at)
    SELECT lpad(n::text, 25, '0'), %s, '+62812' || lpad(n::text, 8, '0'), 'Telkomsel', 'sms', 'promotional', 'Halo',
        'gsm7', false, '', 1 + n %% 2, 'SMSOPS', 'delivered', 'id-' || n, '', '', 350, at, at, 5, 1, false, 0, false,
        true, at, at + interval '5 seconds'
    FROM (SELECT n, timestamptz '2024-02-01 00:00+07' + n * interval '2 seconds' AS at
          FROM generate_series(1, %s) AS n) AS rows"""


def fill_month(account, count):
    from django.db import connection

    empty_queue()
    with connection.cursor() as cursor:
        cursor.execute(FILL, [account.pk, count])
        cursor.execute("VACUUM ANALYZE messaging_message")


def run(kind, count):
    (result,) = run_together([start("tests.bench.reporter", kind, count)])
    return result


def main(base_url, few=FEW, many=MANY):
    """`{"rows", "rate", "plain_rate", "few_kib", "many_kib"}`, rates in rows a second. The library alone is measured
    before and after: a machine's speed wanders."""
    account = make_account("rajasms", base_url)
    fill_month(account, few)
    small, before = run("ours", few), run("plain", few)
    fill_month(account, many)
    large, after = run("ours", many), run("plain", few)
    empty_queue()
    return {
        "rows": many,
        "rate": many / large["seconds"],
        "plain_rate": 2 * few / (before["seconds"] + after["seconds"]),
        "few_kib": small["peak_kib"],
        "many_kib": large["peak_kib"],
    }
