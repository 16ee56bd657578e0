"""A cluster for tests: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, and a stand-in for the kubelet."""
