"""The scheduler: decides on which node a pod runs. It sees and changes the cluster only through the API, as system:kube-scheduler.

For authors of plugins: subclass minikube_py.scheduler.framework.SchedulerPlugin.
"""
