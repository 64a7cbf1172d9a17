"""Routes of the ground floor's API."""

from django.urls import path

from coe.api import (
    accounts,
    calendars,
    changes,
    duties,
    exports,
    imports,
    journal,
    leavers,
    lines,
    me,
    organisation,
    people,
    platforms,
    tags,
    tokens,
    verify,
    views,
)

urlpatterns = [
    path("me/", me.MeView.as_view(), name="api-me"),
    path("me/duties/", duties.MyDutiesView.as_view(), name="api-my-duties"),
    path("lines/", lines.LineListView.as_view(), name="api-line-list"),
    path("lines/<str:code>/", lines.LineDetailView.as_view(), name="api-line-detail"),
    path("lines/<str:code>/move/", lines.LineMoveView.as_view(), name="api-line-move"),
    path(
        "lines/<str:code>/archive/", lines.LineStatusView.as_view(action="archive"), name="api-line-archive"
    ),
    path(
        "lines/<str:code>/restore/", lines.LineStatusView.as_view(action="restore"), name="api-line-restore"
    ),
    path("accounts/", accounts.AccountListView.as_view(), name="api-account-list"),
    path("accounts/<uuid:public_id>/", accounts.AccountDetailView.as_view(), name="api-account-detail"),
    path(
        "accounts/<uuid:public_id>/transition/",
        accounts.AccountTransitionView.as_view(),
        name="api-account-transition",
    ),
    path(
        "accounts/<uuid:public_id>/handle/", accounts.AccountHandleView.as_view(), name="api-account-handle"
    ),
    path(
        "accounts/<uuid:public_id>/co-owners/",
        accounts.AccountCoOwnersView.as_view(),
        name="api-account-co-owners",
    ),
    path("lines/<str:code>/journal/", journal.LineJournalView.as_view(), name="api-line-journal"),
    path(
        "accounts/<uuid:public_id>/journal/", journal.AccountJournalView.as_view(), name="api-account-journal"
    ),
    path("journal/", journal.JournalListView.as_view(), name="api-journal-list"),
    path("calendars/", calendars.CalendarListView.as_view(), name="api-calendar-list"),
    path("calendars/<slug:code>/", calendars.CalendarDetailView.as_view(), name="api-calendar-detail"),
    path("tags/", tags.TagListView.as_view(), name="api-tag-list"),
    path("tags/<uuid:public_id>/", tags.TagDetailView.as_view(), name="api-tag-detail"),
    path("tags/<uuid:public_id>/merge/", tags.TagMergeView.as_view(), name="api-tag-merge"),
    path("organisation/", organisation.OrganisationView.as_view(), name="api-organisation"),
    path("views/", views.ViewListView.as_view(), name="api-view-list"),
    path("views/<uuid:public_id>/", views.ViewDetailView.as_view(), name="api-view-detail"),
    path("exports/<slug:kind>/", exports.ExportView.as_view(), name="api-export"),
    path("people/", people.PersonListView.as_view(), name="api-person-list"),
    path("people/<uuid:public_id>/", people.PersonDetailView.as_view(), name="api-person-detail"),
    path("people/<uuid:public_id>/leave/", leavers.LeaveView.as_view(), name="api-person-leave"),
    path("roles/", people.RoleListView.as_view(), name="api-role-list"),
    path("roles/<uuid:public_id>/", people.RoleDetailView.as_view(), name="api-role-detail"),
    path("platforms/", platforms.PlatformListView.as_view(), name="api-platform-list"),
    path("platforms/<slug:code>/", platforms.PlatformDetailView.as_view(), name="api-platform-detail"),
    path("tokens/", tokens.TokenListView.as_view(), name="api-token-list"),
    path("tokens/<uuid:public_id>/", tokens.TokenDetailView.as_view(), name="api-token-detail"),
    path("tokens/<uuid:public_id>/rotate/", tokens.TokenRotateView.as_view(), name="api-token-rotate"),
    path("verify/", verify.VerifyView.as_view(), name="api-verify"),
    path("imports/", imports.ImportListView.as_view(), name="api-import-list"),
    path("imports/<uuid:public_id>/", imports.ImportDetailView.as_view(), name="api-import-detail"),
    path(
        "imports/<uuid:public_id>/problems/",
        imports.ImportProblemListView.as_view(),
        name="api-import-problems",
    ),
    path("imports/<uuid:public_id>/rejects/", imports.ImportRejectsView.as_view(), name="api-import-rejects"),
    *(
        path(
            f"imports/<uuid:public_id>/{action}/",
            imports.ImportActionView.as_view(action=action),
            name=f"api-import-{action}",
        )
        for action in imports.ImportActionView.steps
    ),
    path("changes/", changes.ChangeListView.as_view(), name="api-change-list"),
]
