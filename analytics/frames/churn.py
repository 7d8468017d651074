"""Who is leaving and who will buy again."""

from __future__ import annotations

from .contract import BOOL, DAY, INT, NUM, TEXT, Column, Contract, counted, share

# What speaks for or against a member's coming again; its effect says which.
CHURN_REASONS = ("recency", "often", "lately", "spend", "tenure")
CHURN_MODELS = ("recency", "bgnbd", "logistic", "tree", "boosting", "forest", "svm")
# Good customers and others: expected to come, more likely to stay away, long gone.
CHURN_STANDINGS = ("all", "good_comes", "good_risk", "good_gone", "other_comes", "other_risk", "other_gone")

_LOG_ODDS = "log-odds of buying again, against a typical member"
MEMBER_CHURN = Contract(
    "member_churn",
    (
        Column("member_id", TEXT),
        Column("as_of", DAY, "known at the end of this day"),
        Column("days", INT, "days after it that are spoken of", least=1),
        Column("model", TEXT, "that says so", allowed=CHURN_MODELS),
        share("p_buy_again", null=False),
        share("p_leave", null=False),
        share("low", "0..1: of members told about the same in the trial, the share that bought, 95 %", null=False),
        share("high", "0..1", null=False),
        Column("standing", TEXT, allowed=CHURN_STANDINGS[1:]),
        Column("reason_1", TEXT, "weightiest first", null=True, allowed=CHURN_REASONS),
        Column("effect_1", NUM, _LOG_ODDS, null=True),
        Column("reason_2", TEXT, null=True, allowed=CHURN_REASONS),
        Column("effect_2", NUM, _LOG_ODDS, null=True),
        Column("reason_3", TEXT, null=True, allowed=CHURN_REASONS),
        Column("effect_3", NUM, _LOG_ODDS, null=True),
        counted("days_since", "days since the last purchase"),
        Column("gap_days", NUM, "days, mean between purchases; null: one so far", null=True, least=0),
        counted("purchases", "days of purchase"),
        counted("lately", "of these in the last so many days"),
        counted("before", "and in as many days before these"),
        Column("spend_minor", NUM, "minor units a day of purchase, mean", least=0),
        counted("tenure_days", "days since the first purchase"),
    ),
    key=("member_id",),
)
CHURN_GROUP = Contract(
    "churn_group",
    (
        Column("standing", TEXT, allowed=CHURN_STANDINGS),
        Column("as_of", DAY),
        Column("days", INT, "days after it that are spoken of", least=1),
        counted("members", "members"),
        Column("expected", NUM, "members who buy again", least=0),
        Column("low", NUM, "95 %, and as far off as the trial was", least=0),
        Column("high", NUM, least=0),
        Column("spent_minor", INT, "minor units: all they bought so far"),
        share("explained", "share of what is told of all members that the reasons account for", null=False),
    ),
    key=("standing",),
)
_GAIN = "AUC more than this baseline"
CHURN_TRIAL = Contract(
    "churn_trial",
    (
        Column("model", TEXT, allowed=CHURN_MODELS),
        Column("as_of", DAY),
        Column("days", INT, "length of a window", least=1),
        Column("taught_from", DAY, "first end of day that taught"),
        Column("taught_to", DAY, "last"),
        Column("calibrated_on", DAY),
        Column("judged_on", DAY, "the window after it judges"),
        counted("members", "members judged"),
        counted("bought", "of these bought in the window"),
        share("auc", null=False),
        share("auc_low", null=False),
        share("auc_high", null=False),
        share("brier", "mean squared distance", null=False),
        share("ece", "calibration error, ten bins of equal width", null=False),
        share("ece_counts", "the same, ten bins of equally many", null=False),
        Column("over_recency", NUM, _GAIN, null=True),
        Column("over_recency_low", NUM, "95 %", null=True),
        Column("over_recency_high", NUM, null=True),
        Column("over_bgnbd", NUM, _GAIN, null=True),
        Column("over_bgnbd_low", NUM, "95 %", null=True),
        Column("over_bgnbd_high", NUM, null=True),
        Column("baseline", BOOL, "needs no teaching, or only the last purchase"),
        Column("chosen", BOOL, "by the window before the judge's"),
        Column("serves", BOOL),
    ),
    key=("model",),
)
CHURN_BINS = Contract(
    "churn_bin",
    (
        Column("bin", INT, "tenth of the members judged, from the least probable", least=1, most=10),
        Column("model", TEXT, "that serves", allowed=CHURN_MODELS),
        counted("members", "members"),
        share("told", "mean probability told", null=False),
        share("bought", "share that bought", null=False),
        share("low", "Wilson, 95 %", null=False),
        share("high", null=False),
    ),
    key=("bin",),
)

CONTRACTS: tuple[Contract, ...] = (MEMBER_CHURN, CHURN_GROUP, CHURN_TRIAL, CHURN_BINS)
