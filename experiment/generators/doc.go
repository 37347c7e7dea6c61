// Package generators starts what offers the load of an experiment: processes of this
// machine, or the pods of an Indexed Job with an agent each.
//
//	experiment: {count: 4, engine: job, job: FILE} ── Open ─▶ Secret, Job, Coordinator ─▶ conduct.Remote
//	                                                 close ─▶ agents end, Job and Secret are deleted
//
// A harness that is killed leaves no load: its agents hear nothing of it and end, so that the
// Job fails. Kubernetes deletes the Job ten minutes later, and the Secret with it.
package generators
