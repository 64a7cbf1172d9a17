"""Northwind Group, as data. Every name is invented; the mail domain is reserved for examples and can never be anybody's."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from coe.enums.lines import LineKind
from coe.enums.roles import Role

NAME = "Northwind Group"
DOMAIN = "northwind.example"
PLATFORMS = (
    "x", "facebook", "instagram", "linkedin", "youtube", "tiktok", "threads", "bluesky", "pinterest", "reddit", "vimeo", "telegram",
)  # fmt: skip
RESTRICTED = frozenset({"telegram", "snapchat", "discord"})


@dataclass(frozen=True)
class DemoLine:
    """A line: how far it has come (`maturity`, 0 to 1, at the day of loading), its brands, and what it posts in."""

    code: str
    name: str
    parent: str
    zone: str
    maturity: float
    brands: tuple[tuple[str, str], ...]
    languages: tuple[str, ...]
    kind: LineKind = LineKind.LINE

    @property
    def is_service_line(self) -> bool:
        """Whether some of its accounts answer customers."""
        return self.code in {"CSV", "RTE", "RTA", "FDA"}


# Groups hold lines and no accounts of their own.
GROUPS = (
    ("EU", "Europe", LineKind.REGION, "Europe/Berlin"),
    ("AM", "Americas", LineKind.REGION, "America/Chicago"),
    ("AP", "Asia Pacific", LineKind.REGION, "Asia/Singapore"),
    ("FN", "Functions", LineKind.FUNCTION, "Europe/Berlin"),
)
LINES = (
    DemoLine(
        "RTE", "Retail Europe", "EU", "Europe/Berlin", 0.74,
        (("nwshopseu", "Northwind Shops"), ("harbourco", "Harbour & Co"), ("kaufhof9", "Neunmarkt")),
        ("en", "de", "fr"),
    ),
    DemoLine(
        "FDE", "Foods Europe", "EU", "Europe/Paris", 0.47,
        (("nwfoodseu", "Northwind Foods Europe"), ("petitgrain", "Petit Grain"), ("altemuhle", "Alte Mühle")),
        ("fr", "de"),
    ),
    DemoLine(
        "LGE", "Logistics Europe", "EU", "Europe/Amsterdam", 0.46,
        (("nwlogeu", "Northwind Logistics"), ("fjordline9", "Fjordline Freight"), ("depotneun", "Depot Neun")),
        ("en", "nl"),
    ),
    DemoLine(
        "RTA", "Retail Americas", "AM", "America/Chicago", 0.75,
        (("nwshopsus", "Northwind Shops US"), ("prairiehome9", "Prairie Home Goods"), ("tiendanorte", "Tienda Norte")),
        ("en", "es"),
    ),
    DemoLine(
        "FDA", "Foods Americas", "AM", "America/Toronto", 0.73,
        (("nwfoodsus", "Northwind Foods Americas"), ("maplekettle", "Maple Kettle"), ("saborvivo9", "Sabor Vivo")),
        ("en", "es", "pt"),
    ),
    DemoLine(
        "LGA", "Logistics Americas", "AM", "America/Mexico_City", 0.46,
        (("nwlogam", "Northwind Freight"), ("puertoazul9", "Puerto Azul"), ("greatlakes9", "Great Lakes Haul")),
        ("en", "es"),
    ),
    DemoLine(
        "RTP", "Retail Asia Pacific", "AP", "Asia/Singapore", 0.74,
        (("nwshopsap", "Northwind Shops Asia"), ("lotuslane9", "Lotus Lane"), ("sakurabin", "Sakura Bin")),
        ("en", "ja"),
    ),
    DemoLine(
        "FDP", "Foods Asia Pacific", "AP", "Australia/Sydney", 0.48,
        (("nwfoodsap", "Northwind Foods Pacific"), ("ricebowl99", "Rice Bowl"), ("outbackjam", "Outback Jam")),
        ("en", "id"),
    ),
    DemoLine(
        "LGP", "Logistics Asia Pacific", "AP", "Asia/Tokyo", 0.2,
        (("nwlogap", "Northwind Ocean"), ("straitship9", "Strait Shipping"), ("kangarucargo", "Kangaru Cargo")),
        ("en",),
    ),
    DemoLine(
        "CRP", "Communications", "FN", "Europe/Berlin", 0.97,
        (("northwindgrp", "Northwind Group"), ("nwnewsroom", "Northwind Newsroom"), ("nwfuture", "Northwind Foundation")),
        ("en", "de", "fr", "es"), LineKind.FUNCTION,
    ),
    DemoLine(
        "TAL", "Talent and careers", "FN", "Europe/Dublin", 0.76,
        (("nwcareers", "Northwind Careers"), ("nwcampus", "Northwind Campus"), ("nwalumni", "Northwind Alumni")),
        ("en", "es"), LineKind.FUNCTION,
    ),
    DemoLine(
        "CSV", "Customer service", "FN", "Europe/Lisbon", 0.75,
        (("nwhelp", "Northwind Help"), ("nwcare", "Northwind Care"), ("nwstatus", "Northwind Status")),
        ("en", "de", "pt"), LineKind.FUNCTION,
    ),
)  # fmt: skip
# Five platforms for each of a line's three brands: fifteen accounts a line, on twelve platforms.
SLOTS = (
    ("linkedin", "x", "facebook", "instagram", "youtube"),
    ("instagram", "tiktok", "threads", "facebook", "bluesky"),
    ("pinterest", "x", "vimeo", "reddit", "telegram"),
)

# The hub's own seats, then four people a line: lead, deputy, account manager, community manager.
HUB = (
    ("Amara Okafor", "Head of Social Media", Role.HUB_LEAD, 100),
    ("Jonas Lindqvist", "Programme manager", Role.HUB_MEMBER, 100),
    ("Mei-Ling Tan", "Measurement lead", Role.HUB_MEMBER, 100),
    ("Rui Carvalho", "Platform and security partner", Role.HUB_MEMBER, 50),
    ("Hélène Marchand", "Internal auditor", Role.AUDITOR, 0),
    ("Tomasz Wilk", "Hub administrator", Role.ADMINISTRATOR, 50),
    ("Ingrid Solberg", "Chief communications officer", Role.EXECUTIVE_SPONSOR, 0),
    ("Kwame Boateng", "Director of communications", Role.CORPORATE_COMMUNICATIONS, 0),
    ("Sofia Papadaki", "Senior counsel", Role.LEGAL, 0),
    ("Daniel Ferreira", "Information security officer", Role.SECURITY, 0),
    ("Leila Haddad", "Group spokesperson", Role.SPOKESPERSON, 0),
    ("Patrick O’Rourke", "Duty director", Role.ESCALATION_APPROVER, 0),
)
STAFF = {
    "RTE": ("Katharina Vogt", "Luca Bianchi", "Eszter Nagy", "Pieter de Boer"),
    "FDE": ("Camille Roussel", "Stefan Ilić", "Anouk Verhoeven", "Bruno Keller"),
    "LGE": ("Maarten Smit", "Zofia Kaczmarek", "Elif Demir", "Oskar Nyman"),
    "RTA": ("Denise Whitaker", "Mateo Villanueva", "Tanya Begay", "Jamal Freeman"),
    "FDA": ("Gabriel Tremblay", "Luisa Monteiro", "Hannah Schroeder", "Diego Paredes"),
    "LGA": ("Ximena Cárdenas", "", "Curtis Bell", "Noemí Salgado"),
    "RTP": ("Hiroshi Kawamura", "Priya Raghavan", "Wei Jie Lim", "Aiko Tsukada"),
    "FDP": ("Charlotte Ngata", "Budi Santoso", "Lachlan Reid", "Siti Rahmawati"),
    "LGP": ("", "Ravi Deshmukh", "Kenji Moriyama", "Thanh Nguyen"),
    "CRP": ("Beatriz Almeida", "Friedrich Adler", "Yasmin Farouk", "Nils Aaltonen"),
    "TAL": ("Aoife Brennan", "Samuel Mensah", "Rosa Iglesias", "Milan Horvat"),
    "CSV": ("Inês Duarte", "Viktor Dimitrov", "Fatima El Amrani", "George Katsaros"),
}
# Two more make sixty: one whose seat is empty because he left, and one who came to help.
LEAVER = ("Emil Brandt", "FDE")
HELPER = ("Nokuthula Dlamini", "CRP")
SEATS = (
    (Role.LINE_LEAD, "Social media lead"),
    (Role.DEPUTY, "Deputy lead"),
    (Role.ACCOUNT_MANAGER, "Account manager"),
    (Role.COMMUNITY_MANAGER, "Community manager"),
)
# Invented for the demo; worth nothing anywhere else, because demo log-ins open on the loopback address only.
PASSWORD = "northwind-demo-lighthouse"  # noqa: S105  # a demo password, printed on the log-in page on purpose
LOGINS = (
    (gettext_noop("Hub lead"), "Amara Okafor"),
    (gettext_noop("Spoke lead"), "Katharina Vogt"),
    (gettext_noop("Administrator"), "Tomasz Wilk"),
)
