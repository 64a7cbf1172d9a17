"""Pages of the coe floor."""

from django.urls import path

from coe.views import (
    history,
    lines,
    people,
    profile,
    saved,
    styleguide,
    tokens,
)

urlpatterns = [
    path("new-line/", lines.line_create, name="line-create"),
    path("lines/<str:code>/edit/", lines.line_edit, name="line-edit"),
    path("lines/<str:code>/move/", lines.line_move, name="line-move"),
    path("lines/<str:code>/archive/", lines.line_archive, name="line-archive"),
    path("people/", people.person_list, name="person-list"),
    path("people/new/", people.person_create, name="person-create"),
    path("people/<uuid:public_id>/", people.person_detail, name="person-detail"),
    path("people/<uuid:public_id>/edit/", people.person_edit, name="person-edit"),
    path("people/<uuid:public_id>/leave/", people.person_leave, name="person-leave"),
    path("people/<uuid:public_id>/roles/", people.role_assign, name="role-assign"),
    path("people/<uuid:public_id>/roles/<uuid:role_id>/end/", people.role_end, name="role-end"),
    path("views/", saved.saved_filter_create, name="saved-filter-create"),
    path("views/<uuid:public_id>/delete/", saved.saved_filter_delete, name="saved-filter-delete"),
    path("history/", history.history_list, name="history-list"),
    path("me/", profile.profile, name="profile"),
    path("me/tokens/", tokens.token_list, name="token-list"),
    path("me/tokens/<uuid:public_id>/", tokens.token_act, name="token-act"),
    path("me/language/", profile.set_language, name="set_language"),
    path("me/theme/", profile.set_theme, name="preferences-theme"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
]
