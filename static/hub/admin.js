// The box that Select2 draws in place of a list, and the text in it, have no name while nothing is chosen: the list's label is theirs.
const nameBoxes = () => {
  document.querySelectorAll("select.admin-autocomplete[id]").forEach((list) => {
    const label = document.querySelector(`label[for="${list.id}"]`);
    if (!label) return;
    label.id ||= `${list.id}-label`;
    list.parentElement.querySelectorAll(".select2-selection, .select2-selection__rendered").forEach((part) => {
      const shown = part.id || part.getAttribute("aria-labelledby");
      part.setAttribute("aria-labelledby", `${label.id} ${shown}`);
    });
  });
};
// Behind whatever jQuery has put off until the page is ready: the boxes are drawn there.
window.addEventListener("load", () => window.django?.jQuery?.(nameBoxes));
