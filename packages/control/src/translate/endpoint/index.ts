export { clientViewOf } from './client-view.ts';
export { type AssignmentInput, loadAssignment, loadAssignments } from './load-assignment.ts';
export { type Located, labelOf } from './place.ts';
