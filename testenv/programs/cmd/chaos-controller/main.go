// Command chaos-controller is Chaos Mesh's controller manager with its webhooks,
// without what reaches outside of a cluster: clouds, other clusters, physical
// machines. The controllers are Chaos Mesh's own; leaving the rest out saves the
// Azure and AWS SDKs, which take longer to compile than all of this. It is
// configured by the environment, as the original is.
package main

import (
	"fmt"
	"os"

	"github.com/go-logr/logr"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"
	authorizationv1 "k8s.io/client-go/kubernetes/typed/authorization/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	controllermetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"github.com/chaos-mesh/chaos-mesh/cmd/chaos-controller-manager/provider"
	"github.com/chaos-mesh/chaos-mesh/controllers/chaosimpl/dnschaos"
	"github.com/chaos-mesh/chaos-mesh/controllers/chaosimpl/httpchaos"
	"github.com/chaos-mesh/chaos-mesh/controllers/chaosimpl/iochaos"
	"github.com/chaos-mesh/chaos-mesh/controllers/chaosimpl/networkchaos"
	"github.com/chaos-mesh/chaos-mesh/controllers/chaosimpl/podchaos"
	"github.com/chaos-mesh/chaos-mesh/controllers/chaosimpl/stresschaos"
	"github.com/chaos-mesh/chaos-mesh/controllers/chaosimpl/timechaos"
	implutils "github.com/chaos-mesh/chaos-mesh/controllers/chaosimpl/utils"
	"github.com/chaos-mesh/chaos-mesh/controllers/common"
	ccfg "github.com/chaos-mesh/chaos-mesh/controllers/config"
	"github.com/chaos-mesh/chaos-mesh/controllers/podhttpchaos"
	"github.com/chaos-mesh/chaos-mesh/controllers/podiochaos"
	"github.com/chaos-mesh/chaos-mesh/controllers/podnetworkchaos"
	"github.com/chaos-mesh/chaos-mesh/controllers/schedule"
	"github.com/chaos-mesh/chaos-mesh/controllers/statuscheck"
	"github.com/chaos-mesh/chaos-mesh/controllers/types"
	"github.com/chaos-mesh/chaos-mesh/controllers/utils/chaosdaemon"
	"github.com/chaos-mesh/chaos-mesh/controllers/utils/recorder"
	"github.com/chaos-mesh/chaos-mesh/pkg/grpc"
	"github.com/chaos-mesh/chaos-mesh/pkg/log"
	"github.com/chaos-mesh/chaos-mesh/pkg/metrics"
	"github.com/chaos-mesh/chaos-mesh/pkg/selector"
	apiwebhook "github.com/chaos-mesh/chaos-mesh/pkg/webhook"
	wfcontrollers "github.com/chaos-mesh/chaos-mesh/pkg/workflow/controllers"

	"example.org/odooharness/testenv/programs/orphan"
)

func main() {
	orphan.Watch()
	root, err := log.NewDefaultZapLogger()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos-controller:", err)
		os.Exit(1)
	}
	log.ReplaceGlobals(root)
	ctrl.SetLogger(root)
	grpc.RPCTimeout = ccfg.ControllerCfg.RPCTimeout
	fx.New(
		fx.WithLogger(func() fxevent.Logger { return fxevent.NopLogger }),
		fx.Supply(controllermetrics.Registry, root),
		fx.Provide(
			metrics.NewChaosControllerManagerMetricsCollector,
			chaosdaemon.New, recorder.NewRecorderBuilder, common.AllSteps,
		),
		provider.Module, selector.Module, types.ChaosObjects, types.WebhookObjects,
		dnschaos.Module, httpchaos.Module, iochaos.Module, networkchaos.Module, podchaos.Module,
		stresschaos.Module, timechaos.Module, implutils.Module, schedule.Module,
		fx.Invoke(common.Bootstrap, podhttpchaos.Bootstrap, podnetworkchaos.Bootstrap, podiochaos.Bootstrap,
			wfcontrollers.BootstrapWorkflowControllers, statuscheck.Bootstrap, run),
	).Run()
}

type runParams struct {
	fx.In
	Manager ctrl.Manager
	Logger  logr.Logger
	Auth    *authorizationv1.AuthorizationV1Client
	Daemons *chaosdaemon.ChaosDaemonClientBuilder
	Metrics *metrics.ChaosControllerManagerMetricsCollector

	Objects        []types.Object        `group:"objs"`
	WebhookObjects []types.WebhookObject `group:"webhookObjs"`
}

// run registers the webhooks and starts the manager, as upstream's own Run does.
func run(p runParams) error {
	hooked := []v1alpha1.WebhookObject{&v1alpha1.Schedule{}, &v1alpha1.Workflow{}}
	for _, o := range p.Objects {
		hooked = append(hooked, o.Object)
	}
	for _, o := range p.WebhookObjects {
		hooked = append(hooked, o.Object)
	}
	for _, object := range hooked {
		err := ctrl.NewWebhookManagedBy(p.Manager).For(object).WithValidator(object).WithDefaulter(object).Complete()
		if err != nil {
			return fmt.Errorf("register webhooks of %T: %w", object, err)
		}
	}
	c := ccfg.ControllerCfg
	p.Manager.GetWebhookServer().Register("/validate-auth", &webhook.Admission{
		Handler: apiwebhook.NewAuthValidator(c.SecurityMode, p.Auth, p.Manager.GetScheme(),
			c.ClusterScoped, c.TargetNamespace, c.EnableFilterNamespace, p.Logger.WithName("validate-auth")),
	})
	return p.Manager.Start(ctrl.SetupSignalHandler())
}
