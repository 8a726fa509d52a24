// Comfort only: the dialog's forms work without this.
const all = document.getElementById('all'), search = document.getElementById('search');
const boxes = [...document.querySelectorAll('input[name=page]')];
const future = document.querySelector('input[name=future]');
if (all) {
  all.addEventListener('change', () => boxes.forEach(box => { box.checked = all.checked }));
  boxes.forEach(box => box.addEventListener('change', () => { all.checked = boxes.every(b => b.checked) }));
}
if (future) {
  const dim = () => document.querySelectorAll('.scroll,.all').forEach(e => { e.style.opacity = future.checked ? .45 : 1 });
  future.addEventListener('change', dim); dim();
}
if (search) search.addEventListener('input', () => {
  const wanted = search.value.trim().toLowerCase();
  boxes.forEach(box => { const row = box.closest('.row'); row.hidden = !row.textContent.toLowerCase().includes(wanted) });
});
