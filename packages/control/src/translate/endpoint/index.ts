export { clientViewOf } from './client-view.ts';
export { type AssignmentInput, loadAssignment } from './load-assignment.ts';
export { type Located, labelOf } from './place.ts';
