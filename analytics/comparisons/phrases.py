"""The words of findings, by language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language.

    Attributes:
        measures: Names of measures.
        questions: What is asked, by the finding's question.
        names: Names of groups; those with a kind, such as ``weather:rain``, by their kind and ``{name}``.
        weathers: Words for days with a certain weather.
        weekdays: From Monday.
        tests: Names of tests.
        effects: Names of standardised sizes.
        doubts: What to say of assumptions that do not hold.
    """

    measures: Mapping[str, str]
    questions: Mapping[str, str]
    names: Mapping[str, str]
    weathers: Mapping[str, str]
    weekdays: tuple[str, ...]
    tests: Mapping[str, str]
    effects: Mapping[str, str]
    doubts: Mapping[str, str]
    heading: str
    differs: str
    not_shown: str
    one_of_many: str
    groups_differ: str
    groups_not_shown: str
    rises: str
    falls: str
    not_together: str
    too_little: str
    no_proportion: str
    left_out: str
    more: str
    less: str
    same: str
    to: str
    across: str
    percent: str
    points: str
    days: str
    cases: str
    and_: str
    comma: str
    after: str
    join: str

    def measure(self, name: str) -> str:
        """A measure's name; its id where there is none."""
        return self.measures.get(name, name)

    def name(self, group: str) -> str:
        """A group's name."""
        kind, _, rest = group.partition(":")
        if kind == "weekday" and rest.isdigit():
            return self.weekdays[int(rest)]
        if kind == "weather" and rest in self.weathers:
            return self.weathers[rest]
        return self.names.get(kind, group).format(name=rest) if rest else self.names.get(group, group)


_EN = Phrases(
    measures={
        "visits": "visits", "transactions": "transactions", "net_sales": "net sales", "net_units": "units sold",
        "conversion": "conversion", "sales_per_visitor": "sales per visitor", "atv": "average transaction value",
        "upt": "units per transaction", "aur": "average unit price", "return_rate": "return rate",
    },
    questions={
        "weekend": "weekend or not", "weekday": "day of the week", "temperature_c": "temperature",
        "rain_mm": "rainfall", "till": "till", "visits": "visits",
    },
    names={
        "weekend": "weekends", "working_week": "Monday to Friday", "other_weather": "days of other weather",
        "matched": "matched days", "change": "{name}", "weather": "days of {name}", "till": "till {name}",
        "before": "before", "after": "after",
    },
    weathers={
        "rain": "rainy days", "sun": "sunny days", "snow": "snowy days", "cloud": "cloudy days",
        "clouds": "cloudy days", "storm": "stormy days", "fog": "foggy days",
    },
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    tests={
        "welch": "Welch's t-test", "paired": "paired t-test", "anova": "analysis of variance",
        "welch_anova": "Welch's analysis of variance", "kruskal": "Kruskal-Wallis test",
        "mann_whitney": "Mann-Whitney test", "chi_square": "chi-square test", "pearson": "Pearson correlation",
        "spearman": "Spearman correlation", "tukey": "Tukey's honest difference",
        "ar1_regression": "regression by weekday, errors that remember the day before",
    },
    effects={
        "hedges g": "Hedges' g", "cohen d of pairs": "Cohen's d of pairs", "omega squared": "omega²",
        "epsilon squared": "epsilon²", "cramer v": "Cramér's V", "r": "r", "rho": "rho",
        "superiority": "chance to be larger",
    },
    doubts={
        "autocorrelated": "Neighbouring days resemble one another; the bounds allow for it.",
        "unequal spread": "The groups spread differently, which this test does not expect.",
        "not normal": "The values are not normally distributed and few: take the bounds as rough.",
        "overdispersed": "Days differ more than chance alone would have it; the bounds allow for it.",
        "small expected": "Some groups are so small that the bounds are rough.",
        "trend": "The days before were already on the rise or decline, so this may be the season.",
    },
    heading="{measure} by {by}",
    differs="{first}: {measure} {size} than on {second} (95 %: {bounds}; {sizes}; {p}).",
    not_shown="{first}: no difference of {measure} from {second} shown; it was {size}, and anything from {bounds} fits "
    "the data ({sizes}; {p}).",
    one_of_many="{first}: {measure} {size} than on {second} (95 %: {bounds}; {sizes}), but among so many comparisons "
    "chance makes one such difference, too ({p}).",
    groups_differ="{measure} differ by {by}: from {least} to {most} ({effect}, 95 %: {bounds}; {p}).",
    groups_not_shown="{measure}: no difference by {by} shown; from {least} to {most} ({effect}, 95 %: {bounds}; {p}).",
    rises="{measure}: the more {with_}, the higher ({name} {size}, 95 %: {bounds}; {n} days; {p}).",
    falls="{measure}: the more {with_}, the lower ({name} {size}, 95 %: {bounds}; {n} days; {p}).",
    not_together="{measure}: no link with {with_} shown ({name} {size}, 95 %: {bounds}; {n} days; {p}).",
    too_little="{measure} by {by}: too little to compare ({sizes}).",
    no_proportion="{measure} by {by}: more transactions than visits were counted, so there is no share to compare: "
    "look at the counting first.",
    left_out="Days left out because too little of them was seen: {n}.",
    more="{x} higher",
    less="{x} lower",
    same="0 % higher",
    to="{low} to {high}",
    across="{low} to {high}",
    percent=" %",
    points=" points",
    days=" days",
    cases=" cases",
    and_=" and ",
    comma=", ",
    after=" after correction for {n} comparisons",
    join=" ",
)  # fmt: skip
_ZH = Phrases(
    measures={
        "visits": "进店客流", "transactions": "成交笔数", "net_sales": "净销售额", "net_units": "净销量",
        "conversion": "成交率", "sales_per_visitor": "客流单值", "atv": "客单价", "upt": "连带率", "aur": "件单价",
        "return_rate": "退货率",
    },
    questions={
        "weekend": "是否周末", "weekday": "星期", "temperature_c": "气温", "rain_mm": "降雨量", "till": "收银台",
        "visits": "进店客流",
    },
    names={
        "weekend": "周末", "working_week": "周一至周五", "other_weather": "其他天气的日子", "matched": "可比日期",
        "change": "“{name}”", "weather": "天气为“{name}”的日子", "till": "收银台 {name}", "before": "之前",
        "after": "之后",
    },
    weathers={
        "rain": "雨天", "sun": "晴天", "snow": "雪天", "cloud": "多云天", "clouds": "多云天", "storm": "暴风雨天",
        "fog": "雾天",
    },
    weekdays=("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    tests={
        "welch": "Welch t 检验", "paired": "配对 t 检验", "anova": "方差分析", "welch_anova": "Welch 方差分析",
        "kruskal": "Kruskal-Wallis 检验", "mann_whitney": "Mann-Whitney 检验", "chi_square": "卡方检验",
        "pearson": "Pearson 相关", "spearman": "Spearman 秩相关", "tukey": "Tukey HSD 检验",
        "ar1_regression": "按星期回归（误差允许相邻日相关）",
    },
    effects={
        "hedges g": "Hedges g", "cohen d of pairs": "配对 Cohen d", "omega squared": "ω²", "epsilon squared": "ε²",
        "cramer v": "Cramér V", "r": "r", "rho": "ρ", "superiority": "较大概率",
    },
    doubts={
        "autocorrelated": "相邻日期彼此相似，区间已相应放宽。",
        "unequal spread": "各组波动程度不同，不符合该检验的前提。",
        "not normal": "数据较少且不呈正态分布，区间仅供粗略参考。",
        "overdispersed": "日间差异大于随机波动，区间已相应放宽。",
        "small expected": "部分组样本过小，区间仅供粗略参考。",
        "trend": "此前已有上升或下降趋势，差异可能来自季节变化。",
    },
    heading="{measure}与{by}",
    differs="{measure}：{first}比{second}{size}（95% 区间：{bounds}；{sizes}；{p}）。",
    not_shown="{measure}：未显示{first}与{second}有差异；观察值为{size}，{bounds}均与数据相容（{sizes}；{p}）。",
    one_of_many="{measure}：{first}比{second}{size}（95% 区间：{bounds}；{sizes}），但在这么多项比较中，"
    "随机波动也会造成这样一项差异（{p}）。",
    groups_differ="{measure}因{by}而异：从{least}到{most}（{effect}，95% 区间：{bounds}；{p}）。",
    groups_not_shown="{measure}：未显示因{by}而异；从{least}到{most}（{effect}，95% 区间：{bounds}；{p}）。",
    rises="{measure}：{with_}越高，数值越高（{name} {size}，95% 区间：{bounds}；{n} 天；{p}）。",
    falls="{measure}：{with_}越高，数值越低（{name} {size}，95% 区间：{bounds}；{n} 天；{p}）。",
    not_together="{measure}：未显示与{with_}有关（{name} {size}，95% 区间：{bounds}；{n} 天；{p}）。",
    too_little="{measure}与{by}：数据太少，无法比较（{sizes}）。",
    no_proportion="{measure}与{by}：成交笔数多于进店客流，无法比较比率，请先检查计数。",
    left_out="因观测不足而未纳入的天数：{n}。",
    more="高 {x}",
    less="低 {x}",
    same="高 0%",
    to="{low} 至 {high}",
    across="{low}至{high}",
    percent="%",
    points=" 个百分点",
    days=" 天",
    cases=" 例",
    and_=" 与 ",
    comma="，",
    after="，已按 {n} 项比较校正",
    join="",
)  # fmt: skip
PHRASES: dict[str, Phrases] = {"en": _EN, "zh": _ZH}
