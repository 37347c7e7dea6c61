// Package generators starts what offers the load of an experiment: processes of this
// machine, or pods with an agent each, of an Indexed Job or of a TestRun of k6-operator.
//
//	experiment: {count: 4, engine: job, job: FILE} ── Open ─▶ Secret, Job, Coordinator ─▶ conduct.Remote
//	                                                 close ─▶ agents end, Job and Secret are deleted
//	{engine: k6-operator, testRun: FILE}           ── Open ─▶ the same, with a TestRun and its ConfigMap
//
// A harness that is killed leaves no load: its agents hear nothing of it and end, so that the
// Job fails. Kubernetes deletes the Job ten minutes later, and the Secret with it. A TestRun is
// deleted by its operator.
package generators
