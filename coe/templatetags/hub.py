"""The tag library of every page: ``{% load hub %}``.

Words and numbers (coe/templatetags/words.py)
    {% number x [places] [none="–"] %}                 grouped figure, en dash when missing
    {% percent share [places=0] %}                     0.74 → “74 %”, never rounded up to 100
    {% of 17 23 "accounts" %}                          “17 of 23 accounts”
    {% local_time dt [relative_too=True] [seconds=False] %}   <time> in the reader's zone, distance beside
        (``now`` in the context fixes the clock)
    {% delta x [unit=""] [better="up|down|none"] [places] %}  ▲ ▼ ▬, colour by meaning
    {{ dt|when }}  {{ dt|day }}                        “23 Nov 2026, 08:31” / “23 Nov 2026” as plain text
    {{ person|person_name }}  {{ person|initials }}
    {{ text|markdown }}                                people's Markdown as safe HTML, inside class="prose"

Badges (badges.py)
    {% icon "bell" [label=""] [cls=""] %}              sprite static/hub/icons.svg
    {% stage_badge level [letter= name= index= levels=3 waivers=0 large=False] %}
        level: None | "crawl" | object or mapping with index|rank|position, letter|code, name|label [, levels]
    {{ index|stage_class }}                            s-n … s-r of the default ladder
    {% stage_class_of index levels %}                  … of any ladder
    {% score_cell level [score= delta= url= line= dimension= target= subtree=False since= levels=3] %}  inside <td>
    {% heat_row row [levels=3] %}                      a whole <tr> of the heat map (heat.py)
    {% heat_rows rows [levels=3 key=] %}               all of them
    {% account_row row table readable_lines %}         a whole <tr> of the register (register.py)
    {% account_state account %}  {% account_mfa account %}   pills of an account
    {% verdict "no_data" [word] %}                     pass warn waived fail no_data stale error not_applicable
    {% status "good|care|bad|void" word [icon_name] [tip] %}   any other state pill
    {% severity 2 ["Serious"] %}

Pictures (charts.py); points = numbers | (label, value) | mappings or objects with label, value; None is a gap
    {% sparkline points [label width=64 height=22] %}
    {% bar value [threshold] [maximum=1] [tone="good|care|bad|accent"] [at_most=False] [label] %}
    {% stage_strip level [target] [progress=0..1] [ladder] %}
    {% benchmark value low q1 median q3 high [label why] %}    no quartiles: the words of why
    {% trend points [label unit target marks low high column large open_table most] %}   chart + table under <details>
    {% chart "id" label labels series [open_table] %}  zoomable uPlot + table;
        block extra_head needs {% include "components/chart_head.html" %}
    {% radar axes [label maximum=100] %}               axes: label, value [, code, target]

Lists and forms (lists.py, coe/forms/tables.py)
    {% querystring_with key=value … %}                 None drops; page and cursor always reset unless given
    {% hidden_query "leave" "out" %}                   the query as hidden inputs
    {% sort_th label [key] [num=False] [default=""] %}
    {% select_all_th %}  {% select_td value label [checked] [name] %}
    {% breadcrumb "Lines" url "Europe" url "FDE" %}
    {% field form.name [hint placeholder label] %}
    {% form_fields form [heading] %}                           error summary, hidden fields, every field
    {% compact_control form.name %}                    bare control with the right class
    {% person_chip person [note=""] [gone=False] [url=""] %}
    {% capture as name %}…{% endcapture %}             keep rendered words for later

Includes (templates/components/, all take plain context values; pass `only` where you can)
    data_table.html table=Table             the whole list: filters' neighbour tools, bulk bar, head, rows, foot
    pagination.html page=Page|CursorPage    filter_bar.html form= label= [clear_url= saved= save_url=]
    saved_filters.html saved=[{label,url,current,delete_url}] [save_url=]
    tabs.html tabs=[{label,url,count,current}] [label=]
    stat_tiles.html tiles=[{label,value,whole,delta,better,unit,url,note,points,missing,loading}]
    criterion_row.html criterion={…} (see the file)     criteria_table.html criteria= caption=
    timeline.html items=[{title,text,at,when,state(now|bad|done|''),who,url}]
    definition_list.html items=[{label,value,missing}]
    empty_state.html icon= title= text= [actions=[{label,url,primary}]]
    progress.html id= label= done= total= [state= url= note=]   polls url with htmx every 2 s, refresh link without
    steps.html steps=[{label,state(done|now|''),url}]       where we are on a way of several pages
    confirm.html id= trigger= title= text= action= verb= [danger fallback reason reason_required hidden={} ]
    form.html form= submit= [action cancel_url multipart hx]   error_summary.html form=   field.html
    note.html tone= text= [strong url url_label]        chips.html tags=[str|{label,url}]
    copy.html text= [label]                             tip.html text=
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.utils.safestring import mark_safe

from coe.templatetags import badges, charts, heat, lists, prose, register as accounts, words

register = template.Library()

for tag in (
    words.number, words.percent, words.of, words.delta,
    badges.icon, badges.stage_badge, badges.score_cell, badges.verdict, badges.status, badges.severity,
    heat.heat_row, heat.heat_rows, accounts.account_row, accounts.account_state, accounts.account_mfa,
    charts.sparkline, charts.bar, charts.stage_strip, charts.benchmark,
    lists.select_all_th, lists.select_td, lists.breadcrumb, lists.compact_control,
):  # fmt: skip
    register.simple_tag(tag)
for tag in (words.local_time, lists.querystring_with, lists.hidden_query, lists.sort_th):
    register.simple_tag(takes_context=True)(tag)
register.simple_tag(badges.stage_class, name="stage_class_of")
register.inclusion_tag("components/trend.html")(charts.trend)
register.inclusion_tag("components/radar.html")(charts.radar)
register.inclusion_tag("components/chart.html")(charts.chart)
register.inclusion_tag("components/field.html")(lists.field)
register.filter("initials", words.initials)
register.filter("person_name", words.person_name)
register.filter("markdown", prose.markdown)
register.filter("stage_class", badges.stage_class)


@register.filter
def when(value: dt.date | dt.datetime | None) -> str:
    """Day and clock in the reader's zone."""
    return words.absolute(value) if value else words.NO_VALUE


@register.filter
def day(value: dt.date | dt.datetime | None) -> str:
    """The day in the reader's zone."""
    return words.absolute(value, time=False) if value else words.NO_VALUE


@register.filter
def item(mapping: Any, key: Any) -> Any:
    """A value of a mapping by a key held in a variable; None when absent."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.inclusion_tag("components/form_fields.html")
def form_fields(form: Any, heading: str = "") -> dict[str, Any]:
    """Error summary (begun by ``heading``, else “Not saved.”), hidden fields and every visible field of a form."""
    return {"form": form, "heading": heading}


@register.inclusion_tag("components/person_chip.html")
def person_chip(
    person: Any = None, note: str = "", gone: bool = False, url: str = "", name: str = ""
) -> dict[str, Any]:
    """Initials and name; a leaver is dashed and ``note`` says so; nobody is said in words."""
    found = name or (words.person_name(person) if person else "")
    return {
        "name": found,
        "initials": words.initials(found),
        "note": note,
        "gone": gone or not found,
        "url": url,
    }


class CaptureNode(template.Node):
    def __init__(self, nodelist: NodeList, name: str) -> None:
        self.nodelist = nodelist
        self.name = name

    def render(self, context: template.Context) -> str:
        context[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308 - rendered under autoescape
        return ""


@register.tag
def capture(parser: Parser, token: Token) -> CaptureNode:
    """``{% capture as name %}…{% endcapture %}``: render now, show later, as often as wanted."""
    parts = token.split_contents()
    if len(parts) != 3 or parts[1] != "as":
        raise template.TemplateSyntaxError("use {% capture as name %}…{% endcapture %}")
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return CaptureNode(nodelist, parts[2])
